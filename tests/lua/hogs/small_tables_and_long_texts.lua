local t = {}
for i = 1, 30000 do t[i] = {i} end
local n = 0
while true do n = n + 1 local s = ('x'):rep(1000000 + n) end
