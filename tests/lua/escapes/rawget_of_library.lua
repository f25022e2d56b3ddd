return rawget(string, 'upper') ~= nil
