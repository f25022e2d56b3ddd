local p = '[' .. ('a'):rep(100000) .. ']'
while true do (('b'):rep(100000)):find(p) end
