return tostring(setmetatable({}, {__name = 'io'})) ~= 'table'
