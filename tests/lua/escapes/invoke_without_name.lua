return (pcall(invoke)) or (pcall(invoke, {}, 1)) or (pcall(invoke, '\255', 1))
