return (pcall(select, -5, 1)) or select(math.maxinteger) ~= nil
