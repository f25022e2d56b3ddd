return coroutine ~= nil
