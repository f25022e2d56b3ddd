local function f() error(setmetatable({}, {__tostring = f})) end
while true do pcall(f) end
