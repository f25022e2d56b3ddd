-- Tables.

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
