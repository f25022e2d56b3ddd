return package ~= nil
