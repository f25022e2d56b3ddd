string.upper = function() return 'poison' end
return ('x'):upper() == 'poison'
