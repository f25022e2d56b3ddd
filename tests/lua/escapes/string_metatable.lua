return getmetatable('') ~= false
