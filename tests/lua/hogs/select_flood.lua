local t = {}
while true do select(-1, table.unpack(t, 1, 90000)) end
