local t = {}
for i = 1, 16000 do t['k' .. i] = {i} end
error(t)
