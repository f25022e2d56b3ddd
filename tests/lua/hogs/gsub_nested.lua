local s = ('x'):rep(1000)
local function f(d) return s:gsub('.', function() return f(d + 1) end) end
f(0)
