local t = {}
local s = ('\1'):rep(1000)
for i = 1, 1500 do t[i] = s end
while true do pcall(json.encode, t) end
