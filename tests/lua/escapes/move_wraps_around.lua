local t = table.move({1}, math.mininteger, math.maxinteger, 1)
return #t ~= 1
