local f = ('%99.99f'):rep(20000)
local t = {}
for i = 1, 20000 do t[i] = 1e300 end
while true do pcall(string.format, f, table.unpack(t)) end
