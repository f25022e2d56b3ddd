return (pcall(1))
