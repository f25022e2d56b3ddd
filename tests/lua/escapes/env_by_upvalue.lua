local function f() return _ENV end
local e = f()
e.x = 1
return x == 1
