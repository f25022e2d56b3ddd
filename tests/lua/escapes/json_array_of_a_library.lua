return (pcall(json.array, 1))
