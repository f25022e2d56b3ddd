return ffi ~= nil or jit ~= nil
