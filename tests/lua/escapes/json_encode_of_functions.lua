return (pcall(json.encode, type)) or (pcall(json.encode))
