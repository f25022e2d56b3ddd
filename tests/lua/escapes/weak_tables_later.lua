-- set once the metatable is in use: nothing may become weak
local m = {}
local t = setmetatable({}, m)
m.__mode = 'k'
t[{}] = 1
for i = 1, 200 do local s = ('x'):rep(50000) .. i end
return next(t) == nil
