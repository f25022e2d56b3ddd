local s = ('\u{e9}'):rep(60000)
while true do text.normalise(s, 'NFD') end
