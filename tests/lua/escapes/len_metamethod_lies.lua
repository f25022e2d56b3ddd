local t = setmetatable({}, {__len = function() return 'x' end})
return (pcall(table.insert, t, 1))
