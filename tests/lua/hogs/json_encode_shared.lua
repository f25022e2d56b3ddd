local t = {}
for i = 1, 100 do t = {t, t} end
while true do pcall(json.encode, t) end
