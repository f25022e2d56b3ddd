local ran = false
local mt = {}
local t = setmetatable({}, mt)
mt.__gc = function() ran = true end
t = nil
for i = 1, 1e5 do local x = {} end
return ran
