table.sort(string)
return rawlen(string) ~= 0
