local mt = {__eq = function() return true end}
return rawequal(setmetatable({}, mt), setmetatable({}, mt))
