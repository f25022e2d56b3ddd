-- entries of weak tables, each of which is only found by way of the last: the collector's worst case
local m = {}
local keys, tables = {}, {}
for i = 1, 20000 do keys[i] = {} end
for i = 20000, 2, -1 do tables[i] = setmetatable({[keys[i - 1]] = keys[i]}, m) end
m.__mode = 'k'
local first = keys[1]
keys = nil
while true do local s = {first} end
