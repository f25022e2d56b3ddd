-- The functions of kinds.c and kinds.yaml.
local functions = {}

function count(input)
  return {words = select(2, input.word:gsub("%S+", ""))}
end

function functions.spell(input)
  for letter in input.word:gmatch(".") do
    emit(letter)
  end
end

return functions
