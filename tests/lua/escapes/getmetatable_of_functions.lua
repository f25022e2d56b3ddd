return getmetatable(type) ~= nil or getmetatable(nil) ~= nil or getmetatable(1) ~= nil
