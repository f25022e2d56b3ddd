local ok, s = pcall(string.gsub, 'x', 'x', {[0] = 1, x = 'y'})
return s ~= 'y'
