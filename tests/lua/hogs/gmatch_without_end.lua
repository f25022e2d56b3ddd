while true do for w in ('x '):rep(1000):gmatch('%w') do end end
