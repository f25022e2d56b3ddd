return load ~= nil or loadstring ~= nil
