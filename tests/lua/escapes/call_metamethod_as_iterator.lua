local n = 0
for v in setmetatable({}, {__call = function(_, _, i) i = (i or 0) + 1 if i < 4 then return i end end}) do n = v end
return n ~= 3
