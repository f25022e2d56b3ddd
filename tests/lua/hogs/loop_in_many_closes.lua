local mt = {}
local t = setmetatable({}, mt)
mt.__close = function() while true do end end
local function f(n) local x <close> = t if n > 0 then f(n - 1) end error('x') end
while true do pcall(f, 100) end
