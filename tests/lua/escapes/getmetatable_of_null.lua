return getmetatable(json.null) ~= nil
