local s = ('X'):rep(3500000)
while true do s:lower() end
