return (pcall(log, type)) or (pcall(log, 'shout', 'x'))
