local s = ('a'):rep(5000)
local p = ('a*'):rep(30) .. 'b'
while true do pcall(string.find, s, p) end
