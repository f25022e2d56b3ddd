return (pcall(invoke, 'x', type))
