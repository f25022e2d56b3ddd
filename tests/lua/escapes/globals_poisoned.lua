pcall = function() return 'poison' end
return pcall() == 'poison'
