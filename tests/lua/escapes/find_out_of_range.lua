return ('abc'):find('a', math.maxinteger) ~= nil or ('abc'):find('c', math.mininteger) ~= 3
