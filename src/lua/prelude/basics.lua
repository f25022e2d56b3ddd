-- The globals of lambdas, made from C's primitives and from the parts of Lua's own libraries that
-- are bounded.  What calls a function of the lambda is written here, in Lua, and not in C, so that
-- such a function may wait, and is interrupted when others want to run.
--
-- The files of this folder are one chunk, in the order of CMakeLists.txt: each sees the locals of those
-- before it.
local c, lua, lua_math, lua_string, lua_table, lua_utf8 = ...

local type, select, error, next = lua.type, lua.select, lua.error, lua.next
local unpack = c.unpack
local charge, scan, sub = c.charge, c.scan, lua_string.sub
local to_integer = lua_math.tointeger

-- A table that can be read and not be changed.
local function protect(what, name)
  local function refuse(_, key)
    error(name .. " is read-only: '" .. c.tostring(key) .. "' cannot be set", 2)
  end
  return lua.setmetatable({}, {__index = what, __newindex = refuse, __metatable = false})
end

local function tostring(value)
  local convert = c.metafield(value, "__tostring")
  if convert == nil then
    return c.tostring(value)
  end
  local text = convert(value)
  if type(text) ~= "string" then
    error("'__tostring' must return a string", 2)
  end
  return text
end

-- What a walk over the text gives; charged when it is over, so that others run before the next.
local function charged(text, ...)
  charge(text)
  return ...
end

local function tonumber(value, base)
  if base == nil then
    return charged(value, lua.tonumber(value))
  end
  return charged(value, lua.tonumber(value, base))
end

local function next_element(list, i)
  i = i + 1
  local value = list[i]
  if value ~= nil then
    return i, value
  end
end

local function ipairs(list)
  if list == nil then
    error("bad argument #1 to 'ipairs' (table expected, got nil)", 2)
  end
  return next_element, list, 0
end

local function handled(handler, well, ...)
  if well then
    return true, ...
  end
  return false, handler(...)
end

local function xpcall(f, handler, ...)
  return handled(handler, c.pcall(f, ...))
end
