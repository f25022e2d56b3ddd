return _G ~= nil
