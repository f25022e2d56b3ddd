local s = ('\u{e9}'):rep(100000)
while true do text.normalise(s, 'NFD') end
