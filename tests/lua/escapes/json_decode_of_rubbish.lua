return (pcall(json.decode, '[1,')) or (pcall(json.decode, '\255')) or (pcall(json.decode, {}))
