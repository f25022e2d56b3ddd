table.remove(string)
return rawlen(string) ~= 0
