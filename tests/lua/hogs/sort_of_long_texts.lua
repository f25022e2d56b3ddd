local a = ('x'):rep(500000)
local t = {}
for i = 1, 6 do t[i] = a .. i end
while true do table.sort(t) end
