return (pcall(rawset, {}, 1))
