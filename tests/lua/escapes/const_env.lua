local _ENV <const> = {}
local function f() a = 1 return a end
return f() ~= 1
