local t = setmetatable({}, {__metatable = 'locked'})
return pcall(setmetatable, t, {}) or getmetatable(t) ~= 'locked'
