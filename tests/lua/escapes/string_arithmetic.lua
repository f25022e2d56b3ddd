return (pcall(function() return '1' + 1 end))
