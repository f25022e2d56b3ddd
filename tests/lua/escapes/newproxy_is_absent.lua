return newproxy ~= nil or getfenv ~= nil or setfenv ~= nil
