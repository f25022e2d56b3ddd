local s = ('x'):rep(200000)
while true do text.upper(s) end
