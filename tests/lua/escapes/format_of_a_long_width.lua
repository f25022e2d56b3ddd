return (pcall(string.format, '%1000d', 1)) or (pcall(string.format, '%.1000f', 1.0))
