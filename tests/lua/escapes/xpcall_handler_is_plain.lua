local ok, e = xpcall(function() error('x', 0) end, function(m) return m end)
return ok or e ~= 'x'
