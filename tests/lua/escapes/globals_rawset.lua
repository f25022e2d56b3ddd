rawset(_ENV, 'type', function() return 'poison' end)
return type(1) == 'poison'
