return debug ~= nil
