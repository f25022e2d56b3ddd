local s = ('X'):rep(1000000)
while true do s:lower():reverse() end
