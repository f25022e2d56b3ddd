local ok, m = pcall(string.rep)
return m:find('/') ~= nil
