return (pcall(batch, 'x', 1)) or (pcall(batch, {}, {1}))
