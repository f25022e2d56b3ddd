setmetatable({}, {__close = function() end})
return true
