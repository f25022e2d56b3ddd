table.move({'poison'}, 1, 1, 1, string)
return string[1] == 'poison'
