local m, closed = {}, false
local t = setmetatable({}, m)
m.__close = function() closed = true end
pcall(function() local x <close> = t end)
return closed
