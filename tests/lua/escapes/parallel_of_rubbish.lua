return (pcall(parallel, 1)) or (pcall(parallel, {a = 1})) or (pcall(parallel, {a = {1}}))
