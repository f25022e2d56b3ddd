local t = {}
for i = 1, 1000 do t[i] = ('x'):rep(1000) end
local all = {}
while true do all[#all + 1] = table.concat(t) end
