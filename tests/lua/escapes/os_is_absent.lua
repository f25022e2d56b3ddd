return os ~= nil
