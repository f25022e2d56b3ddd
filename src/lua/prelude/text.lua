-- Texts, but for patterns.

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
