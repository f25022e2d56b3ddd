return dofile ~= nil or loadfile ~= nil
