local t = {}
while true do local a = {table.unpack(t, 1, 90000)} end
