return type(getmetatable(string)) == 'table'
