local ok, m = pcall(error, {})
return tostring(m):find('0x') ~= nil
