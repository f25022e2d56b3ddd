return (pcall(string.rep, 'x', math.maxinteger)) or ('x'):rep(math.mininteger) ~= ''
