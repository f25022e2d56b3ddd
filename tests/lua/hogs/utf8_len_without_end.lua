local s = ('x'):rep(2000000)
while true do utf8.len(s) end
