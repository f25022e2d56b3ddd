"""The stub is a good OpenAI server: the real `openai` package and the published schema say so."""

import json

import openai
import pytest
from stub_answers import DEFAULT_REPLY
from stub_probe import ASK, create, text_of

TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a city", "parameters": {
        "type": "object", "required": ["city", "days"],
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"},
                       "unit": {"enum": ["celsius", "fahrenheit"]}}}}}]

REQUESTS = {
    "plain": {},
    "choices": {"n": 3},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "tools": {"tools": TOOLS, "tool_choice": "required"},
    "json": {"response_format": {"type": "json_object"}},
    "limit": {"max_completion_tokens": 3},
    "refused": {"model": "gpt-4o-mini+fault=refusal"},
    "calls": {"model": "gpt-4o-mini+fault=tool_calls"},
    "parts": {"messages": [{"role": "system", "content": "Be brief."},
                           {"role": "user", "content": [{"type": "text", "text": "你好"}]}]},
}


def test_whole_answer_is_read_by_the_real_client(client):
    answer = create(client)
    assert answer.choices[0].message.content == DEFAULT_REPLY
    assert answer.choices[0].finish_reason == "stop"
    assert answer.object == "chat.completion" and answer.id.startswith("chatcmpl-")
    assert answer.model == "gpt-4o-mini"
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0


def test_stream_gives_role_then_pieces_then_reason(client):
    chunks = list(create(client, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert text_of(chunks) == DEFAULT_REPLY
    assert len({c.id for c in chunks}) == 1 and all(c.usage is None for c in chunks)


def test_stream_ends_with_usage_when_asked_for(client):
    chunks = list(create(client, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage == create(client).usage
    assert all(c.usage is None for c in chunks[:-1])


def test_reply_is_chosen_by_default_script_and_model_name(stub, client):
    stub.default(reply="one")
    stub.script({"reply": "two"}, {"echo": True})
    assert create(client).choices[0].message.content == "two"
    named = create(client, model="m+reply=three")
    assert named.choices[0].message.content == "three" and named.model == "m"
    assert create(client).choices[0].message.content == "Say hello."
    assert create(client).choices[0].message.content == "one"


def test_choices_differ_whole_and_streamed(client):
    whole = [c.message.content for c in create(client, n=3).choices]
    streamed = ["", "", ""]
    for chunk in create(client, n=3, stream=True):
        for choice in chunk.choices:
            streamed[choice.index] += choice.delta.content or ""
    assert whole == streamed and len(set(whole)) == 3 and whole[0] == DEFAULT_REPLY


def test_token_limit_and_stop_cut_the_answer(client):
    limited = create(client, max_completion_tokens=2)
    assert limited.choices[0].message.content == "The stub"
    assert limited.choices[0].finish_reason == "length"
    assert create(client, stop=["says"]).choices[0].message.content == "The stub "


def test_logprobs_spell_the_answer(client):
    content = create(client, logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert b"".join(bytes(t.bytes) for t in content).decode() == DEFAULT_REPLY
    assert all(len(t.top_logprobs) == 2 for t in content)


def test_required_tool_is_called_with_fitting_arguments(client):
    choice = create(client, tools=TOOLS, tool_choice="required").choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    call = choice.message.tool_calls[0]
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "text", "days": 1, "unit": "celsius"}


def test_forced_tool_is_called(client):
    forced = {"type": "function", "function": {"name": "get_weather"}}
    choice = create(client, tools=TOOLS, tool_choice=forced).choices[0]
    assert choice.message.tool_calls[0].function.name == "get_weather"


def merge_calls(chunks):
    """Streamed tool calls put together by index: {index: [id, name, arguments]}."""
    calls = {}
    for chunk in chunks:
        for part in chunk.choices[0].delta.tool_calls or []:
            call = calls.setdefault(part.index, ["", "", ""])
            call[0] += part.id or ""
            call[1] += part.function.name or ""
            call[2] += part.function.arguments or ""
    return calls


def test_tool_calls_interleave_by_index(client):
    chunks = list(create(client, model="m+fault=tool_calls", stream=True))
    assert max(len(c.choices[0].delta.tool_calls or []) for c in chunks) == 3
    whole = create(client, model="m+fault=tool_calls").choices[0].message.tool_calls
    assert merge_calls(chunks) == {
        at: [call.id, call.function.name, call.function.arguments]
        for at, call in enumerate(whole)}


def test_scripted_tool_calls_come_one_after_the_other(stub, client):
    stub.script({"tool_calls": [{"name": "a", "arguments": {"x": 1}},
                                {"name": "b", "arguments": "{not json"}]})
    chunks = list(create(client, stream=True))
    assert all(len(c.choices[0].delta.tool_calls or []) <= 1 for c in chunks)
    assert [c[1:] for c in merge_calls(chunks).values()] == [["a", '{"x": 1}'],
                                                             ["b", "{not json"]]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_json_schema_format_is_obeyed(client):
    form = {"type": "json_schema", "json_schema": {"name": "p", "schema": {
        "type": "object", "properties": {"who": {"$ref": "#/$defs/Who"},
                                         "ages": {"type": "array", "items": {"type": "number"}}},
        "$defs": {"Who": {"type": "object", "properties": {"name": {"type": "string"}}}}}}}
    text = create(client, response_format=form).choices[0].message.content
    assert json.loads(text) == {"who": {"name": "text"}, "ages": [1.5]}


def test_refusal_has_no_content(client):
    message = create(client, model="m+fault=refusal").choices[0].message
    assert message.content is None and message.refusal.startswith("I'm sorry")
    chunks = list(create(client, model="m+fault=refusal", stream=True))
    streamed = "".join(c.choices[0].delta.refusal or "" for c in chunks)
    assert streamed == message.refusal and text_of(chunks) == ""


def test_reasoning_is_apart_from_content(client):
    message = create(client, model="m+fault=reasoning_content").choices[0].message
    assert message.content == DEFAULT_REPLY and "思考" in message.reasoning_content
    chunks = list(create(client, model="m+fault=reasoning_content", stream=True))
    streamed = "".join(getattr(c.choices[0].delta, "reasoning_content", "") for c in chunks)
    assert streamed == message.reasoning_content and text_of(chunks) == DEFAULT_REPLY


def test_texts_are_completed(client):
    whole = client.completions.create(model="stub", prompt="hi", max_tokens=50)
    assert whole.choices[0].text == DEFAULT_REPLY and whole.usage.prompt_tokens > 0
    assert whole.choices[0].finish_reason == "stop"
    pieces = list(client.completions.create(model="stub", prompt=["hi"], stream=True, n=2,
                                            stream_options={"include_usage": True}))
    first = [p.choices[0].text for p in pieces if p.choices and p.choices[0].index == 0]
    assert DEFAULT_REPLY.startswith("".join(first)) and pieces[-1].usage.total_tokens > 0
    assert len(first) == 17  # without max_tokens 16, and the finish reason


def test_texts_fit_the_published_schema(raw, schema):
    status, _, body = raw.ask({"model": "stub", "prompt": "hi"}, path="/v1/completions")
    assert status == 200 and not schema.errors("CreateCompletionResponse", json.loads(body))


def test_prompts_are_checked(client):
    for wrong in ({"prompt": 5}, {"prompt": ["a", "b"]}, {"prompt": "x", "extra_body": {"messages": []}}):
        with pytest.raises(openai.BadRequestError):
            client.completions.create(model="stub", **wrong)


def test_models_are_listed(client):
    assert "gpt-4o-mini" in [m.id for m in client.models.list()]
    assert client.models.retrieve("stub").owned_by == "stub"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("none")


@pytest.mark.parametrize("step, error, code", [
    ({"status": 400, "code": "context_length_exceeded"}, openai.BadRequestError,
     "context_length_exceeded"),
    ({"status": 401}, openai.AuthenticationError, "invalid_api_key"),
    ({"status": 403}, openai.PermissionDeniedError, "unsupported_country_region_territory"),
    ({"status": 404}, openai.NotFoundError, "model_not_found"),
    ({"status": 429}, openai.RateLimitError, "rate_limit_exceeded"),
    ({"code": "insufficient_quota"}, openai.RateLimitError, "insufficient_quota"),
    ({"status": 500}, openai.InternalServerError, None),
    ({"status": 503}, openai.InternalServerError, None),
    ({"status": 529}, openai.InternalServerError, None),
    ({"status": 418}, openai.APIStatusError, None),
])
@pytest.mark.parametrize("stream", [False, True])
def test_errors_become_the_clients_exceptions(stub, client, step, error, code, stream):
    stub.script({"fault": "status", **step})
    with pytest.raises(error) as caught:
        create(client, stream=stream)
    assert caught.value.code == code and caught.value.body["message"]


def test_wrong_and_missing_keys_are_refused(stub, raw):
    with openai.OpenAI(base_url=stub.base_url, api_key="sk-wrong", max_retries=0) as wrong:
        with pytest.raises(openai.AuthenticationError) as caught:
            create(wrong)
    assert caught.value.code == "invalid_api_key"
    status, _, body = raw.ask(ASK, headers={"Accept": "*/*"})
    assert status == 401 and json.loads(body)["error"]["code"] is None


def test_azure_addresses_work(stub):
    with openai.AzureOpenAI(azure_endpoint=stub.url, api_key="sk-test", max_retries=0,
                            api_version="2024-06-01") as azure:
        model = "gpt-4o+fault=azure"
        assert create(azure, model=model).choices[0].message.content == DEFAULT_REPLY
        chunks = list(create(azure, model=model, stream=True))
    assert chunks[0].choices == [] and text_of(chunks) == DEFAULT_REPLY


def test_retry_after_429_succeeds(stub):
    stub.script({"fault": "status", "status": 429, "retry_after_ms": 1, "times": 2})
    with openai.OpenAI(base_url=stub.base_url, api_key="sk-test", max_retries=2) as retrying:
        assert create(retrying).choices[0].message.content == DEFAULT_REPLY
    assert [r["status"] for r in stub.requests()] == [429, 429, 200]


def test_model_name_fails_so_many_times_and_then_succeeds(stub):
    model = "m+fault=status+status=503+retry_after_ms=1+times=1"
    with openai.OpenAI(base_url=stub.base_url, api_key="sk-test", max_retries=1) as retrying:
        assert create(retrying, model=model).choices[0].message.content == DEFAULT_REPLY
    assert [r["status"] for r in stub.requests()] == [503, 200]


@pytest.mark.parametrize("body, param", [
    (b"{", None), (b"[]", None), ({}, None), ({"model": "m"}, "messages"),
    ({"model": "m", "messages": []}, "messages"),
    ({"model": "m", "messages": [{}]}, "messages[0].role"),
    ({**ASK, "stream_options": {"include_usage": True}}, "stream_options"),
])
def test_malformed_requests_are_refused(raw, body, param):
    status, _, answer = raw.ask(body)
    error = json.loads(answer)["error"]
    assert status == 400 and error["param"] == param and set(error) == {
        "message", "type", "param", "code"}


def test_unknown_paths_and_methods_are_refused(raw):
    assert raw.ask(ASK, path="/v1/nothing")[0] == 404
    assert raw.ask(method="GET")[0] == 405


@pytest.mark.parametrize("name", REQUESTS)
def test_answers_fit_the_published_schema(raw, schema, name):
    request = {**ASK, **REQUESTS[name]}
    assert schema.request_errors(request) == []
    status, _, body = raw.ask(request)
    assert status == 200 and schema.completion_errors(json.loads(body)) == []
    for data in raw.stream(**REQUESTS[name], stream_options={"include_usage": True})[:-1]:
        assert schema.chunk_errors(json.loads(data)) == []


def test_models_and_errors_fit_the_published_schema(raw, schema):
    models = json.loads(raw.ask(method="GET", path="/v1/models")[2])
    assert schema.errors("ListModelsResponse", models) == []
    error = json.loads(raw.ask({**ASK, "model": "m+fault=status+status=429"})[2])
    assert schema.errors("ErrorResponse", error) == []


def test_schema_catches_bad_requests(schema):
    assert schema.request_errors({**ASK, "temperature": 9})
    assert schema.request_errors({**ASK, "max_tokenz": 9})
    assert schema.request_errors({"model": "m"})
    assert schema.request_errors({**ASK, "messages": [{"role": "robot", "content": "x"}]})


def test_schema_catches_bad_answers(raw, schema):
    whole = json.loads(raw.ask(ASK)[2])
    assert schema.completion_errors({**whole, "object": "completion"})
    assert schema.completion_errors({**whole, "choices": [{"index": 0}]})
    chunk = json.loads(raw.stream()[0])
    assert schema.chunk_errors({**chunk, "choices": None})
    assert schema.chunk_errors({**chunk, "choices": [{"index": 0, "delta": {}}]})


def test_requests_of_the_real_client_fit_the_schema(stub, client, schema):
    for name in ("choices", "logprobs", "tools", "json", "parts"):
        create(client, **REQUESTS[name])
    assert [schema.request_errors(r["json"]) for r in stub.requests()] == [[]] * 5
