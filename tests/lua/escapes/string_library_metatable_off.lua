setmetatable(string, nil)
return true
