local s = ('\u{0315}'):rep(32000) .. ('\u{0321}'):rep(32000)
while true do pcall(text.normalise, s, 'NFD') end
