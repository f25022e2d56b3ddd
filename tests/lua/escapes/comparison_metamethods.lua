local mt = {__lt = function() return true end}
local t = {setmetatable({}, mt), setmetatable({}, mt)}
table.sort(t)
return #t ~= 2
