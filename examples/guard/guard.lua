-- A guard against prompt injection.  A list of phrases stops the clumsy attempts only: keep what a
-- user says apart from your instructions (a message of its own), and give the model no powers that
-- its user does not have.
local patterns = {
  "ignore previous instructions",
  "forget everything above",
  "system:",
  "assistant:",
  "忽略之前的指令",
  "忘记以上所有内容",
}

-- Signs that are not seen: soft hyphen, joiners, marks of direction, byte order mark.
local unseen = {
  "\u{ad}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{200e}", "\u{200f}", "\u{2060}", "\u{feff}",
}

-- The text as it is compared: full-width and other compatible letters as plain ones, small, nothing
-- unseen, and one blank for each run of white space.
local function fold(said)
  for _, sign in ipairs(unseen) do
    said = said:gsub(sign, "")
  end
  local folded = text.lower(text.normalise(said, "NFKC"))
  return (folded:gsub("%s+", " "))
end

local function check(input)
  local folded = fold(input.text)
  for _, pattern in ipairs(patterns) do
    if folded:find(pattern, 1, true) then
      log("warning", {event = "prompt_injection", pattern = pattern})
      error{kind = "validation_error", message = "the text looks like instructions for the model: '" ..
            pattern .. "'"}
    end
  end
  input.text = text.trim(input.text)
  return input
end

return {check = check}
