while true do pcall(invoke, 'nobody', 1) end
