-- The globals of lambdas, made from C's primitives and from the parts of Lua's own libraries that
-- are bounded.  What calls a function of the lambda is written here, in Lua, and not in C, so that
-- such a function may wait, and is interrupted when others want to run.
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

-- ---- basics ----

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

-- ---- text ----

-- What C does at once, between two looks at the clock: bytes of a text (whole groups of three, for
-- base64), and elements of a list.
local PIECE, ELEMENTS = 48 * 1024, 2048

local string = {char = lua_string.char, len = lua_string.len, rep = c.rep, sub = sub}

local function need_text(value, position, name)
  local kind = type(value)
  if kind == "number" then
    return c.tostring(value)
  elseif kind ~= "string" then
    error("bad argument #" .. position .. " to '" .. name .. "' (string expected, got " ..
          (value == nil and "no value" or kind) .. ")", 3)
  end
  return value
end

-- table.concat(): C joins parts of a long list, then the parts.
local function concat(list, separator, i, j)
  local first, last = to_integer(i or 1), to_integer(j or type(list) == "table" and lua.rawlen(list))
  if not first or not last or last - first < ELEMENTS then
    return c.concat(list, separator, i, j)
  end
  local parts = {}
  for from = first, last, ELEMENTS do
    local to = last - from < ELEMENTS and last or from + ELEMENTS - 1
    parts[#parts + 1] = c.concat(list, separator, from, to)
  end
  return concat(parts, separator)
end

-- A function of a text that can be cut anywhere, as one that C does in pieces.  A text that is
-- longer than `most` is left to C's refusal.
local function in_pieces(change, name, most)
  return function(text)
    text = need_text(text, 1, name)
    if #text <= PIECE or #text > most then
      return change(text)
    end
    local parts = {}
    for at = 1, #text, PIECE do
      parts[#parts + 1] = change(sub(text, at, at + PIECE - 1))
    end
    return concat(parts)
  end
end

string.lower = in_pieces(lua_string.lower, "lower", lua_math.huge)
string.upper = in_pieces(lua_string.upper, "upper", lua_math.huge)

function string.reverse(text)
  text = need_text(text, 1, "reverse")
  local parts = {}
  for last = #text, 1, -PIECE do
    local first = last - PIECE + 1
    parts[#parts + 1] = lua_string.reverse(sub(text, first > 1 and first or 1, last))
  end
  return concat(parts)
end

local function need_integer(value, position, name, default)
  if value == nil then
    return default
  end
  local whole = to_integer(value)
  if not whole then
    error("bad argument #" .. position .. " to '" .. name .. "' (integer expected)", 3)
  end
  return whole
end

-- The values of a part of a text, which are as many as unpack() gives at most.
local function few(values, name)
  return function(text, i, j, lax)
    if j == nil then
      return values(text, i, j, lax)
    end
    text, i, j = need_text(text, 1, name), need_integer(i, 2, name, 1), need_integer(j, 3, name)
    local first, last = i < 0 and #text + i + 1 or i, j < 0 and #text + j + 1 or j
    if (last < #text and last or #text) - (first > 1 and first or 1) >= c.most then
      error("string slice too long", 2)
    end
    return values(text, i, j, lax)
  end
end

string.byte = few(lua_string.byte, "byte")

local function first_place(text, init)
  if init > 0 then
    return init
  elseif init == 0 or -init > #text then
    return 1
  end
  return #text + init + 1
end

-- The first match from `at` on: its first and last place and its captures; nil when there is none.
-- A match that ends before `barred` does not count.
local search

local function settle(text, pattern, barred, first, ...)
  if first == false then -- the matcher has worked enough for once
    return search(text, pattern, (...), false, barred)
  end
  return first, ...
end

function search(text, pattern, at, anchored, barred)
  return settle(text, pattern, barred, scan(text, pattern, at, anchored, barred))
end

local function anchor(pattern)
  if sub(pattern, 1, 1) == "^" then
    return sub(pattern, 2), true
  end
  return pattern, false
end

local function captured(text, first, last, ...)
  if not first then
    return nil
  elseif select("#", ...) == 0 then
    return sub(text, first, last)
  end
  return ...
end

function string.find(text, pattern, init, plain)
  text, pattern = need_text(text, 1, "find"), need_text(pattern, 2, "find")
  init = first_place(text, need_integer(init, 3, "find", 1))
  if init > #text + 1 then
    return nil
  elseif plain or c.is_plain(pattern) then
    return c.find_plain(text, pattern, init)
  end
  local rest, anchored = anchor(pattern)
  return search(text, rest, init, anchored)
end

function string.match(text, pattern, init)
  text, pattern = need_text(text, 1, "match"), need_text(pattern, 2, "match")
  init = first_place(text, need_integer(init, 3, "match", 1))
  if init > #text + 1 then
    return nil
  end
  local rest, anchored = anchor(pattern)
  return captured(text, search(text, rest, init, anchored))
end

function string.gmatch(text, pattern, init)
  text, pattern = need_text(text, 1, "gmatch"), need_text(pattern, 2, "gmatch")
  local at, barred = first_place(text, need_integer(init, 3, "gmatch", 1)), nil
  local function step(first, last, ...)
    if not first then
      at = #text + 2
      return nil
    end
    at, barred = last + 1, last + 1
    return captured(text, first, last, ...)
  end
  return function()
    if at > #text + 1 then
      return nil
    end
    return step(search(text, pattern, at, false, barred))
  end
end

-- A replacement text as a list of texts and numbers of captures.
local function read_replacement(text)
  local parts, at = {}, 1
  while true do
    local percent = c.find_plain(text, "%", at)
    if not percent then
      break
    end
    local sign = sub(text, percent + 1, percent + 1)
    parts[#parts + 1] = sub(text, at, percent - 1)
    if sign == "%" then
      parts[#parts + 1] = "%"
    elseif sign ~= "" and c.find_plain("0123456789", sign, 1) then
      parts[#parts + 1] = to_integer(lua.tonumber(sign))
    else
      error("invalid use of '%' in replacement string", 3)
    end
    at = percent + 2
  end
  parts[#parts + 1] = sub(text, at)
  return parts
end

local function replace_parts(parts, whole, ...)
  local count, out = select("#", ...), {}
  for i = 1, #parts do
    local part = parts[i]
    if type(part) == "string" then
      out[i] = part
    elseif part == 0 or (part == 1 and count == 0) then
      out[i] = whole
    elseif part > count then
      error("invalid capture index %" .. part .. " in replacement string", 0)
    else
      out[i] = (select(part, ...))
    end
  end
  return concat(out)
end

-- What stands for a match in string.gsub().
local function replaced(by, text, first, last, ...)
  local kind, value = type(by), nil
  local whole = sub(text, first, last)
  if kind == "table" and by[0] == replace_parts then
    return replace_parts(by, whole, ...)
  elseif kind == "table" then
    value = by[select("#", ...) == 0 and whole or (...)]
  elseif select("#", ...) == 0 then
    value = by(whole)
  else
    value = by(...)
  end
  kind = type(value)
  if value == nil or value == false then
    return whole
  elseif kind ~= "string" and kind ~= "number" then
    error("invalid replacement value (a " .. kind .. ")", 0)
  end
  return value
end

function string.gsub(text, pattern, by, most)
  text, pattern = need_text(text, 1, "gsub"), need_text(pattern, 2, "gsub")
  local kind = type(by)
  if kind == "string" or kind == "number" then
    by = read_replacement(c.tostring(by))
    by[0] = replace_parts
  elseif kind ~= "table" and kind ~= "function" then
    error("bad argument #3 to 'gsub' (string/function/table expected, got " .. kind .. ")", 2)
  end
  most = need_integer(most, 4, "gsub", #text + 1)
  local rest, anchored = anchor(pattern)
  local out, count, at, barred = {}, 0, 1, nil
  local function step(first, last, ...)
    if not first then
      return false
    end
    out[#out + 1] = sub(text, at, first - 1)
    out[#out + 1] = replaced(by, text, first, last, ...)
    count, at, barred = count + 1, last + 1, last + 1
    return not anchored and at <= #text + 1
  end
  while count < most and step(search(text, rest, at, anchored, barred)) do
  end
  out[#out + 1] = sub(text, at)
  return concat(out), count
end

function string.format(format, ...)
  local args, count = {...}, select("#", ...)
  for i = 1, count do
    local kind = type(args[i])
    if kind ~= "string" and kind ~= "number" then
      args[i] = tostring(args[i])
    end
  end
  local piece, used, at = c.format_piece(format, 1, args, 0)
  if not at then
    return lua_string.format(piece, unpack(args, 1, count))
  end
  local parts, done = {}, 0
  while true do
    parts[#parts + 1] = lua_string.format(piece, unpack(args, done + 1, count))
    if not at then
      return concat(parts)
    end
    done = done + used
    piece, used, at = c.format_piece(format, at, args, done)
  end
end

local utf8 = {
  char = lua_utf8.char, charpattern = lua_utf8.charpattern, codes = lua_utf8.codes,
  codepoint = few(lua_utf8.codepoint, "codepoint"),
}

function utf8.offset(text, ...)
  return charged(text, lua_utf8.offset(text, ...))
end

-- A piece ends where a character does.
function utf8.len(text, i, j, lax)
  text = need_text(text, 1, "len")
  i, j = need_integer(i, 2, "len", 1), need_integer(j, 3, "len", -1)
  local at, last = i < 0 and #text + i + 1 or i, j < 0 and #text + j + 1 or j
  if #text <= PIECE or at < 1 or at > #text + 1 or last > #text then
    return lua_utf8.len(text, i, j, lax)
  end
  local total = 0
  while at <= last do
    local to = at + PIECE
    while to < last and lua_string.byte(text, to + 1) & 0xC0 == 0x80 do
      to = to + 1
    end
    local count, wrong = lua_utf8.len(text, at, to < last and to or last, lax)
    if not count then
      return nil, wrong
    end
    charge(text)
    total, at = total + count, to + 1
  end
  return total
end

-- ---- tables ----

local table = {concat = concat, pack = lua_table.pack, unpack = unpack}

local function need_table(value, name)
  if type(value) ~= "table" then
    error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(value) .. ")", 3)
  end
end

function table.insert(list, ...)
  need_table(list, "insert")
  local count, size = select("#", ...), #list
  if count == 1 then
    list[size + 1] = (...)
  elseif count == 2 then
    local at, value = ...
    at = need_integer(at, 2, "insert", 0)
    if at < 1 or at > size + 1 then
      error("bad argument #2 to 'insert' (position out of bounds)", 2)
    end
    for i = size, at, -1 do
      list[i + 1] = list[i]
    end
    list[at] = value
  else
    error("wrong number of arguments to 'insert'", 2)
  end
end

function table.remove(list, at)
  need_table(list, "remove")
  local size = #list
  at = need_integer(at, 2, "remove", size)
  if at ~= size and (at < 1 or at > size + 1) then
    error("bad argument #2 to 'remove' (position out of bounds)", 2)
  end
  local value = list[at]
  while at < size do
    list[at] = list[at + 1]
    at = at + 1
  end
  list[at] = nil
  return value
end

function table.move(from, first, last, at, to)
  need_table(from, "move")
  to = to == nil and from or to
  if last >= first then
    if at > last or at <= first or to ~= from then
      for i = 0, last - first do
        to[at + i] = from[first + i]
      end
    else
      for i = last - first, 0, -1 do
        to[at + i] = from[first + i]
      end
    end
  end
  return to
end

local function is_less(a, b)
  return a < b
end

-- Lets the element at `root` sink to its place in the heap of the first `size` elements.
local function sink(list, root, size, less)
  local value = list[root]
  while 2 * root <= size do
    local child = 2 * root
    if child < size and less(list[child], list[child + 1]) then
      child = child + 1
    end
    if not less(value, list[child]) then
      break
    end
    list[root] = list[child]
    root = child
  end
  list[root] = value
end

-- A heap sort: it ends whatever the comparison says.
function table.sort(list, less)
  need_table(list, "sort")
  if less ~= nil and type(less) ~= "function" then
    error("bad argument #2 to 'sort' (function expected, got " .. type(less) .. ")", 2)
  end
  less = less or is_less
  local size = #list
  for root = size // 2, 1, -1 do
    sink(list, root, size, less)
  end
  for last = size, 2, -1 do
    list[1], list[last] = list[last], list[1]
    sink(list, 1, last - 1, less)
  end
end

-- ---- other runnables ----

local function batch(name, inputs)
  need_table(inputs, "batch")
  local names = {}
  for i = 1, #inputs do
    names[i] = name
  end
  return c.run_all(names, inputs)
end

-- parallel{key = {name, input}, …}: all at once; their outputs under the same keys.
local function parallel(wanted)
  need_table(wanted, "parallel")
  local keys, names, inputs = {}, {}, {}
  for key, one in next, wanted do
    if type(one) ~= "table" or type(one[1]) ~= "string" then
      error("parallel: expected {name, input} under '" .. c.tostring(key) .. "'", 2)
    end
    local n = #keys + 1
    keys[n], names[n], inputs[n] = key, one[1], one[2] == nil and c.null or one[2]
  end
  local outputs, out = c.run_all(names, inputs), {}
  for i = 1, #keys do
    out[keys[i]] = outputs[i]
  end
  return out
end

local function each_chunk(opened)
  return function()
    return c.next_chunk(opened)
  end
end

local function stream(name, input)
  return each_chunk(c.open(name, input))
end

-- What a generator gets, in the chunks in which it comes.
local function chunks()
  return each_chunk(c.open_input())
end

-- ---- all together ----

local math = {}
for name, value in next, lua_math do
  math[name] = value
end
math.randomseed = nil -- the generator is the whole state's

c.string_methods(string)

local globals = {
  _VERSION = lua._VERSION, assert = lua.assert, error = error, getmetatable = c.getmetatable,
  ipairs = ipairs, next = next, pairs = lua.pairs, pcall = c.pcall, rawequal = lua.rawequal,
  rawget = lua.rawget, rawlen = lua.rawlen, rawset = c.rawset, select = select,
  setmetatable = c.setmetatable, tonumber = tonumber, tostring = tostring, type = type,
  xpcall = xpcall,
  math = protect(math, "math"), string = protect(string, "string"),
  table = protect(table, "table"), utf8 = protect(utf8, "utf8"),
  json = protect({array = c.array, decode = c.decode, encode = c.encode, null = c.null}, "json"),
  text = protect({base64_decode = c.base64_decode,
                  base64_encode = in_pieces(c.base64_encode, "base64_encode", c.most_plain),
                  length = c.length, lower = c.lower, normalise = c.normalise, trim = c.trim,
                  upper = c.upper}, "text"),
  metrics = protect({inc = c.inc, observe = c.observe, set = c.set}, "metrics"),
  batch = batch, chunks = chunks, emit = c.emit, invoke = c.invoke, log = c.log, parallel = parallel,
  require = c.require, stream = stream,
}

local function refuse_global(_, key)
  error("'" .. c.tostring(key) .. "' is no local variable: write `local " .. c.tostring(key) ..
        " = …`", 2)
end

return lua.setmetatable({}, {__index = globals, __newindex = refuse_global, __metatable = false}),
       protect
