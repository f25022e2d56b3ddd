return (pcall(setmetatable, 1, {}))
