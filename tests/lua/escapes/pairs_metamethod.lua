local t = setmetatable({}, {__pairs = function() return function() return nil end end})
for k in pairs(t) do return true end
