return string.format('%s', type):find('0x') ~= nil or (pcall(string.format, '%p', 'x'))
