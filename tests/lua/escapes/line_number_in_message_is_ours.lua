local ok, m = pcall(function() error('x') end)
return m:find('/') ~= nil
