local function f(n) local a, b, c = n, n, n local g = function() return a + b + c end if n == 0 then return 0 end return f(n - 1) + g() end
while true do pcall(f, 30000) end
