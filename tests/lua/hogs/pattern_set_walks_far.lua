local s = ('a'):rep(4000000)
while true do pcall(string.find, s, '^[b-zA-Z%d%s%p%w]*$') end
