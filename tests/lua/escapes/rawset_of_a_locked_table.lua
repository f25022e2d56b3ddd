local t = setmetatable({}, {__metatable = false})
return (pcall(rawset, t, 1, 1))
