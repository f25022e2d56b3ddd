rawset(string, 'upper', function() return 'poison' end)
return string.upper('x') == 'poison'
