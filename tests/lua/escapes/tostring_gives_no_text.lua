return (pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))
