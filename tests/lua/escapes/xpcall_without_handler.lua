return (pcall(xpcall, function() error('x') end))
