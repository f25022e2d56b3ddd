return io ~= nil
