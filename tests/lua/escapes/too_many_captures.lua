return (pcall(string.find, 'x', ('('):rep(40) .. (')'):rep(40)))
