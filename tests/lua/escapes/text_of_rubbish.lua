return (pcall(text.upper, '\255')) or (pcall(text.trim, {})) or (pcall(text.normalise, 'x', 'NFX'))
