-- What the routes of app.yaml run where it is longer than a line.

local computed = {
  none = json.null, ["true"] = true, int = 42, negzero = -0.0, float = 1.5, float_int = 3.0,
  float_small = 1e-7, float_big = 1e22, float_long = 0.1 + 0.2, int53 = (1 << 53) + 1,
  int64 = math.maxinteger, empty = "", list = {1, "two", json.null, {3.5}},
  unicode = "é ü 漢字 😀 \u{2028} \u{7f} </script> \" \\ / \t \n \b \u{1}",
  nan = json.null, inf = json.null, -- JSON has no such numbers; the original writes null
}

-- As JSON, because the order of members counts.
local written = {
  nested = '{"b": 1, "a": {"z": [], "y": {}}}',
  datetime = '"2024-01-02T03:04:05.678900+00:00"',
  naive_datetime = '"2024-01-02T03:04:05"',
  date = '"2024-01-02"',
  root_dict = '{"root": "inner", "other": 1}',
  agent_action = [[{"tool": "search", "tool_input": {"q": "x"}, "log": "looking",
                    "type": "AgentAction"}]],
  agent_finish = '{"return_values": {"output": "done"}, "log": "bye", "type": "AgentFinish"}',
  string_prompt = '{"text": "hello", "type": "StringPromptValue"}',
  chat_prompt = [[{"messages": [{"content": "hello", "additional_kwargs": {},
                   "response_metadata": {}, "type": "human", "name": null, "id": null}]}]],
  generation = [[{"text": "g", "generation_info": {"finish_reason": "stop"},
                  "type": "Generation"}]],
  chat_generation = [[{"text": "cg", "generation_info": null, "type": "ChatGeneration",
                       "message": {"content": "cg", "additional_kwargs": {},
                       "response_metadata": {}, "type": "ai", "name": null, "id": null}}]],
  llm_result = [[{"generations": [[{"text": "g", "generation_info": null,
                  "type": "Generation"}] ], "llm_output": {"tokens": 3}, "run": null,
                  "type": "LLMResult"}]],
  model = '{"translated_text": "x", "detected_lang": null, "confidence": 1.0}',
  message_in_dict = [[{"messages": [
    {"content": "hi", "additional_kwargs": {}, "response_metadata": {}, "type": "human",
     "name": null, "id": null},
    {"content": "yo", "additional_kwargs": {}, "response_metadata": {}, "type": "ai",
     "name": null, "id": null, "tool_calls": [], "invalid_tool_calls": [],
     "usage_metadata": null}]}]],
  document = '{"id": null, "metadata": {"k": [1]}, "page_content": "pc", "type": "Document"}',
}

function special_value(name)
  if written[name] then
    return json.decode(written[name])
  end
  return computed[name]
end

function all_messages()
  return json.decode [=[[
    {"content": "hi", "additional_kwargs": {}, "response_metadata": {}, "type": "human",
      "name": "bob", "id": "h1"},
    {"content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url":
      "http://x/y.png"}}], "additional_kwargs": {}, "response_metadata": {}, "type": "human",
      "name": null, "id": null},
    {"content": "be nice", "additional_kwargs": {}, "response_metadata": {}, "type": "system",
      "name": null, "id": null},
    {"content": "", "additional_kwargs": {"refusal": null}, "response_metadata":
      {"model_name": "fake", "finish_reason": "stop"}, "type": "ai", "name": null, "id":
      "ai-1", "tool_calls": [{"name": "search", "args": {"q": "é"}, "id": "call_1", "type":
      "tool_call"}], "invalid_tool_calls": [{"type": "invalid_tool_call", "id": "call_2",
      "name": "bad", "args": "{oops", "error": "parse"}], "usage_metadata": {"input_tokens":
      3, "output_tokens": 4, "total_tokens": 7, "input_token_details": {"cache_read": 1}}},
    {"content": "result", "additional_kwargs": {}, "response_metadata": {}, "type": "tool",
      "name": "search", "id": null, "tool_call_id": "call_1", "artifact": null, "status":
      "success"},
    {"content": "boom", "additional_kwargs": {}, "response_metadata": {}, "type": "tool",
      "name": null, "id": null, "tool_call_id": "call_2", "artifact": {"raw": 1}, "status":
      "error"},
    {"content": "fr", "additional_kwargs": {}, "response_metadata": {}, "type": "function",
      "name": "f", "id": null},
    {"content": "order", "additional_kwargs": {}, "response_metadata": {}, "type": "chat",
      "name": null, "id": null, "role": "moderator"},
    {"content": "", "additional_kwargs": {}, "response_metadata": {}, "type": "remove",
      "name": null, "id": "h1"},
    {"content": "par", "additional_kwargs": {}, "response_metadata": {}, "type":
      "AIMessageChunk", "name": null, "id": null, "tool_calls": [{"name": "s", "args": {},
      "id": "c", "type": "tool_call"}], "invalid_tool_calls": [], "usage_metadata": null,
      "tool_call_chunks": [{"name": "s", "args": "{\"q\":", "id": "c", "index": 0, "type":
      "tool_call_chunk"}], "chunk_position": null},
    {"content": "hc", "additional_kwargs": {}, "response_metadata": {}, "type":
      "HumanMessageChunk", "name": null, "id": null}
  ]]=]
end

-- ---- values as Python shows them ----

local show

local function members(value)
  local parts = {}
  for key, member in pairs(value) do
    parts[#parts + 1] = "'" .. key .. "': " .. show(member)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function elements(list)
  local parts = {}
  for i, element in ipairs(list) do
    parts[i] = show(element)
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

function show(value)
  return type(value) == "table" and members(value) or "'" .. value .. "'"
end

-- A tool call's members in their order, which a Lua table does not keep.
local function tool_call(call)
  return ("{'name': %s, 'args': %s, 'id': %s, 'type': 'tool_call'}")
    :format(show(call.name), show(call.args), show(call.id))
end

local classes = {human = "HumanMessage", ai = "AIMessage", system = "SystemMessage"}

local function message(value)
  local calls = {}
  for i, call in ipairs(value.tool_calls or {}) do
    calls[i] = tool_call(call)
  end
  local tail = value.type == "ai"
    and (", tool_calls=[%s], invalid_tool_calls=%s")
      :format(table.concat(calls, ", "), elements(value.invalid_tool_calls))
    or ""
  return ("%s(content=%s, additional_kwargs=%s, response_metadata=%s%s)")
    :format(classes[value.type], show(value.content), show(value.additional_kwargs),
            show(value.response_metadata), tail)
end

function kind_of_messages(messages)
  local parts = {}
  for i, one in ipairs(messages) do
    parts[i] = message(one)
  end
  return "list:[" .. table.concat(parts, ", ") .. "]"
end

function kind_of_point(point)
  return ("Point:Point(type='%s', x=%d, y=%d)"):format(point.type, point.x, point.y)
end

-- ---- configs and failures ----

-- The config as a step sees it.
function config_echo(_, config)
  local echo = json.decode [[{"tags": null, "metadata": null, "run_name": null, "run_id": null,
    "max_concurrency": null, "recursion_limit": null, "configurable": null}]]
  echo.tags, echo.metadata, echo.configurable = config.tags, config.metadata, config.configurable
  echo.max_concurrency = config.max_concurrency
  echo.recursion_limit = config.recursion_limit
  return echo
end

local calls = 0

-- Fails on every odd call of the worker.
function flaky(number)
  calls = calls + 1
  if calls % 2 == 1 then
    error("flaky")
  end
  return number * 10
end
