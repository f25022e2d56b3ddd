"""What reaches the provider: the body, the headers, the key; and what never leaves."""

import json
import os
import subprocess

import pytest
import servers

from openai_langchain import chat_openai
from openai_rig import KEY, app_file, model, post

SAID = [{"type": "human", "content": "hi"}]
CALL = {"name": "add", "args": {"a": 1, "b": [2.5, "ü"]}, "id": "c1", "type": "tool_call"}
BROKEN = {"name": "sub", "args": '{"a": ', "id": "c2", "error": "no", "type": "invalid_tool_call"}

# (option, what stands in the file, what stands in the body)
OPTIONS = [
    ("model", "gpt-5", {"model": "gpt-5"}),
    ("temperature", 0.7, {"temperature": 0.7}),
    ("temperature", 0, {"temperature": 0}),
    ("top_p", 0.25, {"top_p": 0.25}),
    ("max_tokens", 100, {"max_completion_tokens": 100}),
    ("stop", ["goodbye", "Grüße"], {"stop": ["goodbye", "Grüße"]}),
    ("stop", "goodbye", {"stop": ["goodbye"]}),
    ("seed", -7, {"seed": -7}),
    ("presence_penalty", -1.5, {"presence_penalty": -1.5}),
    ("frequency_penalty", 2, {"frequency_penalty": 2}),
    ("logit_bias", {"50256": -100}, {"logit_bias": {"50256": -100}}),
    ("n", 2, {"n": 2}),
    ("logprobs", True, {"logprobs": True}),
    ("logprobs", False, {"logprobs": False}),
    ("reasoning_effort", "low", {"reasoning_effort": "low"}),
    ("service_tier", "flex", {"service_tier": "flex"}),
    ("extra_body", {"user": "me", "metadata": {"a": "b"}}, {"user": "me", "metadata": {"a": "b"}}),
    ("extra_body", {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
    ("stream_usage", True, {}),
    ("stream_usage", False, {}),
]
NAMES = [f"o{at}" for at in range(len(OPTIONS))]


@pytest.fixture(scope="module")
def optioned(session_rig, tmp_path_factory):
    """A server with a model for each row of OPTIONS."""
    folder = tmp_path_factory.mktemp("options")
    models = {name: {option: value} for name, (option, value, _) in zip(NAMES, OPTIONS)}
    (folder / "app.yaml").write_text(app_file(session_rig.stub, models), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
    yield type(session_rig)(session_rig.stub, server)
    server.stop_cleanly()


@pytest.mark.parametrize("name, row", list(zip(NAMES, OPTIONS)), ids=[row[0] for row in OPTIONS])
def test_options_reach_the_body(optioned, schema, name, row):
    optioned.forget()
    optioned.output(f"/{name}")
    assert optioned.stream(f"/{name}").ended_well
    plain = {"messages": [{"role": "user", "content": "Say hello."}], "model": "gpt-4o-mini"}
    whole, streamed = optioned.bodies()
    assert whole == {**plain, **row[2]}
    usage = {"stream_options": {"include_usage": True}} if row[:2] == ("stream_usage", True) else {}
    assert streamed == {**plain, **row[2], "stream": True, **usage}
    assert not schema.request_errors(whole) and not schema.request_errors(streamed)


def test_model_when_none_is_named(stub, start):
    text = app_file(stub, {"nameless": {"model": None}})
    rig = start(stub, text)
    rig.output("/nameless")
    assert rig.bodies()[0]["model"] == "gpt-3.5-turbo"


# ---- messages ----

AI = {"type": "ai", "content": ""}
MESSAGES = [
    ("text", "hello"),
    ("roles", [{"type": "system", "content": "S"}, *SAID, {"type": "ai", "content": "A"}, *SAID]),
    ("name", [{"type": "human", "content": "hi", "name": "bob"}]),
    ("tools", [*SAID, {**AI, "tool_calls": [CALL]},
               {"type": "tool", "content": "3.5", "tool_call_id": "c1", "name": "add"}]),
    ("text_and_tools", [*SAID, {**AI, "content": "I add", "tool_calls": [CALL]},
                        {"type": "tool", "content": "", "tool_call_id": "c1"}]),
    ("invalid_call", [*SAID, {**AI, "tool_calls": [CALL], "invalid_tool_calls": [BROKEN]},
                      {"type": "tool", "content": "3", "tool_call_id": "c1"}]),
    ("empty_assistant", [*SAID, AI, *SAID]),
    ("parts", [{"type": "human", "content": [
        {"type": "text", "text": "what is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]),
    ("data", [{"type": "human", "content": [
        {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "image", "source_type": "base64", "data": "AAAA", "mime_type": "image/gif"},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/b.png"}},
        {"type": "file", "base64": "AAAA", "mime_type": "application/pdf", "filename": "a.pdf"},
        {"type": "file", "file_id": "file-1"},
        {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}]}]),
    ("another_provider", [*SAID, {**AI, "tool_calls": [CALL], "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "Yes."},
        {"type": "tool_use", "id": "c1", "name": "add", "input": {}}]},
        {"type": "tool", "content": "3.5", "tool_call_id": "c1", "name": "add"}]),
    ("call_before_tools", [*SAID, {**AI, "additional_kwargs": {
        "function_call": {"name": "add", "arguments": "{}"}}}]),
    ("developer", [{"type": "system", "content": "S",
                    "additional_kwargs": {"__openai_role__": "developer"}}, *SAID]),
    ("unicode", "Größe 你好 🦜 \u2028 \u0000 \\ \""),
]


@pytest.mark.parametrize("value", [row[1] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_messages_as_langchain(rig, schema, value):
    theirs = chat_openai(rig.stub)
    rig.output("/chat", value)
    theirs.invoke(from_wire(value))
    ours, wanted = rig.bodies()
    assert unspaced(ours["messages"]) == unspaced(wanted["messages"])
    assert not schema.request_errors(ours)


@pytest.mark.parametrize("block", [
    {"type": "image", "base64": "AAAA"}, {"type": "image", "source": {"type": "file"}},
    {"type": "file", "url": "https://example.com/a.pdf"},
    {"type": "audio", "url": "https://example.com/a.wav"}], ids=str)
def test_what_cannot_be_sent_is_told(rig, block):
    assert rig.invoke("/chat", [{"type": "human", "content": [block]}])[0] == 500
    assert "told by" in rig.log()
    assert rig.stub.requests() == []


def unspaced(messages):
    """The messages with the arguments of calls read, where they can be."""
    def read(call):
        text = call["function"]["arguments"]
        return {**call, "function": {**call["function"],
                                     "arguments": text if text.endswith(" ") else json.loads(text)}}
    return [{**m, **({"tool_calls": [read(c) for c in m["tool_calls"]]} if "tool_calls" in m
                     else {})} for m in messages]


def from_wire(value):
    """The messages that a client of LangServe means."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
    kinds = {"human": HumanMessage, "ai": AIMessage, "system": SystemMessage, "tool": ToolMessage}
    return value if isinstance(value, str) else [kinds[m["type"]](**m) for m in value]


def test_an_answer_goes_back_as_it_came(rig, schema):
    """The message of a whole answer, and the chunks' calls, in the next request."""
    calls = [{"name": "get", "arguments": {"city": "東京"}}, {"name": "cut", "arguments": '{"a'}]
    rig.stub.script({"tool_calls": calls}, {})
    message = rig.output("/chat")
    rig.output("/chat", [*SAID, message])
    sent = rig.bodies()[1]["messages"][1]
    assert sent["role"] == "assistant" and sent["content"] is None
    assert [c["function"]["name"] for c in sent["tool_calls"]] == ["get", "cut"]
    assert json.loads(sent["tool_calls"][0]["function"]["arguments"]) == {"city": "東京"}
    assert sent["tool_calls"][1]["function"]["arguments"] == '{"a'
    assert not schema.request_errors(rig.bodies()[1])


# ---- headers and addresses ----

def test_headers(rig):
    rig.output("/chat")
    rig.stream("/chat")
    whole, streamed = rig.stub.requests()
    for record in (whole, streamed):
        assert (record["method"], record["path"]) == ("POST", "/v1/chat/completions")
        assert record["headers"]["authorization"] == f"Bearer {KEY}"
        assert record["headers"]["content-type"] == "application/json"
        assert record["headers"]["user-agent"].startswith("langserved/")
        assert int(record["headers"]["content-length"]) == len(record["body"].encode())
        names = [name.lower() for name, _ in record["raw_headers"]]
        assert len(names) == len(set(names)) and "expect" not in names
    assert whole["headers"]["accept"] == "application/json"
    assert streamed["headers"]["accept"] == "text/event-stream"


# (what it is, options in the file, the environment, the key that is sent)
PLACES = [
    ("slash", {"base_url": "{url}/v1/"}, {}, KEY),
    ("deep", {"base_url": "{url}/proxy/openai/v1"}, {}, KEY),
    ("no_key", {"api_key": None}, {}, None),
    ("empty_variable", {"api_key": None}, {"OPENAI_API_KEY": ""}, None),
    ("key_of_environment", {"api_key": None}, {"OPENAI_API_KEY": "sk-env"}, "sk-env"),
    ("own_key_first", {}, {"OPENAI_API_KEY": "sk-env"}, KEY),
    ("password", {"base_url": "http://me:secret@{host}/v1"}, {}, KEY),
    ("url_of_environment", {"base_url": None}, {"OPENAI_BASE_URL": "{url}/v1"}, KEY),
    ("own_url_first", {}, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, KEY),
]


@pytest.mark.parametrize("options, env, key", [r[1:] for r in PLACES], ids=[r[0] for r in PLACES])
def test_address_and_key(stub, start, options, env, key):
    def fill(values):
        host = f"{stub.host}:{stub.port}"
        return {k: v and v.replace("{url}", stub.url).replace("{host}", host)
                for k, v in values.items()}
    rig = start(stub, app_file(stub, {"m": {**fill(options), "max_retries": 1}}), **fill(env))
    stub.script({"fault": "status", "retry_after_ms": 1})
    rig.output("/m")
    _, record = stub.requests()
    path = "/proxy/openai/v1" if "proxy" in str(options) else "/v1"
    assert record["path"] == path + "/chat/completions"
    assert record["headers"].get("authorization") == (key and f"Bearer {key}")
    logged, = rig.logged("upstream_retry")
    assert logged["url"] == stub.url + record["path"] and "secret" not in rig.log()


# ---- what is wrong with a file ----

# (what it is, the model's line, the environment, what is said)
WRONG = [
    ("no_key", "{provider: openai}", {}, "app.yaml:2:6: error: no API key"),
    ("unset", "{provider: openai, api_key: '${NO_SUCH}'}", {}, "app.yaml:2:34: error: "),
    ("line_end", '{provider: openai, api_key: "a\\nb"}', {}, "app.yaml:2:34: error: api_key"),
    ("line_end_of_environment", "{provider: openai}", {"OPENAI_API_KEY": "sk-a\nX: y"},
     "app.yaml:2:6: error: api_key"),
    ("url", "{provider: openai, api_key: k, base_url: 'ftp://x/v1'}", {},
     "app.yaml:2:47: error: base_url"),
    ("url_of_environment", "{provider: openai, api_key: k}", {"OPENAI_BASE_URL": "api.openai.com"},
     "app.yaml:2:6: error: base_url"),
    ("range", "{provider: openai, api_key: k, temperature: 3}", {}, "app.yaml:2:50: error: "),
    ("unknown", "{provider: openai, api_key: k, temprature: 1}", {},
     "app.yaml:2:37: error: unknown model option 'temprature'"),
]


def check(folder, text, env):
    """(exit status, everything that `langserved check` says)"""
    (folder / "app.yaml").write_text(text, encoding="utf-8")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    done = subprocess.run([servers.langserved_binary(), "check", "app.yaml"], cwd=folder,
                          env={**clean, **env}, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("line, env, said", [r[1:] for r in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_options(tmp_path, line, env, said):
    status, output = check(tmp_path, f"models:\n  m: {line}\nroutes: {{/m: m}}\n", env)
    assert status != 0 and said in output


# ---- the key stays where it is ----

def test_check_does_not_show_the_key(stub, tmp_path):
    text = app_file(stub, {"m": {}, "n": {"api_key": KEY, "temperature": 9}})
    status, output = check(tmp_path, text, {"STUB_KEY": KEY})
    assert status != 0 and "temperature" in output
    assert KEY not in output


@pytest.mark.parametrize("step", [
    {"fault": "status", "status": 401, "message": f"Incorrect API key provided: {KEY}."},
    {"fault": "status", "status": 400, "message": f"{KEY}{KEY} or {KEY}"},
    {"fault": "status", "status": 400, "message": "x" * 1940 + KEY},
    {"fault": "status", "status": 500, "body": {"error": f"key {KEY}"}},
    {"fault": "status", "status": 500, "body": {"error": {"code": KEY, "type": KEY}}},
    {"fault": "status", "status": 500, "text": f"key {KEY}"},
    {"fault": "error_in_200", "message": f"key {KEY}"},
    {"fault": "error_mid_stream", "message": f"key {KEY}"},
    {"fault": "redirect", "location": f"/v1/elsewhere?key={KEY}"},
], ids=lambda step: step["fault"])
def test_the_key_is_nowhere(rig, step):
    step = {**step, "headers": {"X-Key": KEY}}
    rig.stub.script(*[step] * 5)
    answers = [rig.invoke("/plain"), rig.invoke("/tell/plain"), rig.invoke("/twice"),
               rig.stream("/tell/plain").events]
    everything = json.dumps(answers) + rig.server.log()
    assert KEY not in everything and KEY[:8] not in everything
    assert len(rig.logged("run_failed")) == 4


@pytest.mark.parametrize("config", [{"max_concurrency": 1}, [{"max_concurrency": 1}, {}, {}]],
                         ids=["one", "each"])
@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "ignored"])
def test_a_batch_keeps_to_a_concurrency_that_is_allowed(start, stub, allowed, config):
    keys = {"config_keys": ["max_concurrency"]} if allowed else {}
    rig = start(stub, app_file(stub, {"plain": {}}, routes={"/limited": {"chain": "plain", **keys}}))
    stub.script({"fault": "stall_before_headers", "seconds": 0.5, "times": 3})
    answer = post(rig.server.port, "/limited/batch", {"inputs": ["a", "b", "c"], "config": config})
    assert answer.status == 200, rig.log()
    records = sorted(stub.requests(), key=lambda record: record["received_at"])
    assert len(records) == 3
    begins_late = [after["received_at"] >= before["ended_at"]
                   for before, after in zip(records, records[1:])]
    assert begins_late == [allowed, allowed]
