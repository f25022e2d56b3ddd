local mt = {}
local t = setmetatable({}, mt)
mt.__gc = function() end
setmetatable(t, mt)
return true
