return (pcall(string.format)) or (pcall(string.format, '%'))
