return ('abc'):sub(math.mininteger, math.maxinteger) ~= 'abc'
