return type(getmetatable(_ENV)) == 'table'
