local ok, e = pcall(invoke, 'nobody', 1)
e.kind = 'poison'
return e.kind == 'poison'
