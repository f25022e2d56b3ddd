-- Other runnables.

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
