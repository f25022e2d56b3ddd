while true do (('a'):rep(100000)):find('%f[b]') end
