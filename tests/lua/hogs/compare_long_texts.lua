local a, b = ('x'):rep(2000000), ('x'):rep(2000000)
while true do if a ~= b then return end end
