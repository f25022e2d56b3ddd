local t, s = {}, ('x'):rep(1000000)
for i = 1, 1000 do t[i] = s end
return batch('nobody', t)
