local t = {}
for i = 1, 90000 do t[i] = i / 3 end
while true do table.concat(t) end
