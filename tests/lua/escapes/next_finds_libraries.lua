return next(string) ~= nil or next(math) ~= nil
