local t = {}
for i = 1, 16000 do t['k' .. i] = 1 end
while true do pcall(json.encode, t) end
