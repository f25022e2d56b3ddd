return (pcall(emit, 1))
