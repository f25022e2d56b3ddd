return (pcall(utf8.char, -1)) or (pcall(utf8.codepoint, 'x', 5)) or (pcall(utf8.offset, 'x', 9, 9))
