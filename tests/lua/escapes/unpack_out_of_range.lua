return (pcall(table.unpack, {}, math.mininteger, math.maxinteger)) or (pcall(table.unpack, {}, 1, 1e8))
