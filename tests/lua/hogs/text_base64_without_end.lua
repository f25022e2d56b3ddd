local s = ('x'):rep(1000000)
while true do pcall(function() text.base64_decode(text.base64_encode(s)) end) end
