setmetatable(_ENV, {})
return true
