return (pcall(function() return 1 // 0 end)) or (pcall(function() return 1 % 0 end))
