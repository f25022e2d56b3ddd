setmetatable('', {__index = function() return 'poison' end})
return ('x').y == 'poison'
