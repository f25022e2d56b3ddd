-- What takes Lua's patterns: find, match, gmatch, gsub.

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
