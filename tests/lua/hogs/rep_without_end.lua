while true do local s = ('x'):rep(2000000) end
