local ok, e = pcall(invoke, 'nobody', 1)
local f = tostring
return f(e) == nil
