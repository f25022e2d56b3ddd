local s = '[' .. ('{},'):rep(11000) .. '1]'
while true do json.decode(s) end
