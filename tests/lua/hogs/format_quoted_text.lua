local s = ('\1'):rep(1500000)
while true do pcall(string.format, '%q', s) end
