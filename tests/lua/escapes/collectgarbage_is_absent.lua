return collectgarbage ~= nil
