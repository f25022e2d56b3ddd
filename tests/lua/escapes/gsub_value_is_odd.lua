return (pcall(string.gsub, 'x', 'x', function() return {} end))
