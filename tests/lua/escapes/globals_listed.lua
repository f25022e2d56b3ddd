return next(_ENV) ~= nil
