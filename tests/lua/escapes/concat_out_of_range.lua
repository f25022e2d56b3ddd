return (pcall(table.concat, {}, '', math.mininteger, math.maxinteger)) or (pcall(table.concat, {}, '', math.maxinteger - 1, math.maxinteger))
