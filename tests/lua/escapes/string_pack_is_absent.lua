return string.pack ~= nil or string.unpack ~= nil
