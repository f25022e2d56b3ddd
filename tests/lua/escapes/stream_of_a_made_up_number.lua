local ok, f = pcall(stream, 'nobody', 1)
return ok
