local n = 0
::again::
n = n + 1
if n < 10 then goto again end
return n ~= 10
