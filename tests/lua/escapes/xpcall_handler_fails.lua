return (pcall(xpcall, error, function() error('again') end))
