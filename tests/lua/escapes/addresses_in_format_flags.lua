return (pcall(string.format, '%%%-20p', {}))
