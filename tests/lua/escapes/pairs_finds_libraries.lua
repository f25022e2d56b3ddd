for name, value in pairs(string) do return true end
