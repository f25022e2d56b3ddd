return (pcall(string.gsub, 'x', 'x', '%')) or (pcall(string.gsub, 'x', 'x', '%2')) or (pcall(string.gsub, 'x', 'x', true))
