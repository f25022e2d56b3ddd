return (pcall(setmetatable, {}))
