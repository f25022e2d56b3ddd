table.insert(string, 'poison')
return string[1] == 'poison'
