local ok, e = pcall(invoke, 'nobody', 1)
return ok or getmetatable(e) ~= false
