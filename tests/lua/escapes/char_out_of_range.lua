return (pcall(string.char, 256)) or (pcall(string.char, -1))
