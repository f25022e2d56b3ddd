return (pcall(setmetatable, type, {}))
