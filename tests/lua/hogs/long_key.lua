local s, t = ('x'):rep(500000), {}
while true do t[s .. #t] = 1 t = {} end
