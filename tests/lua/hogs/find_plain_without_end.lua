local s = ('a'):rep(2000000)
while true do s:find('b', 1, true) end
