return (pcall(table.insert, {}, math.maxinteger, 1))
