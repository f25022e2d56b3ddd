-- All together.

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
