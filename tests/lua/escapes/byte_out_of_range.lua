return select('#', ('abc'):byte(math.mininteger, math.maxinteger)) ~= 3
