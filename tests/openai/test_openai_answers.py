"""Messages and chunks are LangChain's, field by field, for the same answers of the provider."""

import pytest

from openai_langchain import added, chat_openai, invoked, plain, says_something, streamed
from openai_rig import MODELS
from stub_answers import DEFAULT_REPLY

CALLS = [{"name": "get_weather", "arguments": {"city": "東京"}},
         {"name": "get_time", "arguments": {"zone": "Asia/Tokyo", "deep": {"list": [1, 2.5, None]}}}]
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}

# (what it is, the model, the stub's step)
ANSWERS = [
    ("text", "plain", {}),
    ("text_with_usage", "usage", {}),
    ("nothing", "plain", {"reply": ""}),
    ("one_call", "usage", {"tool_calls": CALLS[:1]}),
    ("calls", "plain", {"tool_calls": CALLS}),
    ("calls_interleaved", "usage", {"tool_calls": CALLS, "interleave": True}),
    ("call_without_arguments", "plain", {"tool_calls": [{"name": "ping", "arguments": {}}]}),
    ("call_with_no_text", "usage", {"tool_calls": [{"name": "ping", "arguments": ""}]}),
    ("call_with_null", "plain", {"tool_calls": [{"name": "ping", "arguments": "null"}]}),
    ("call_with_line_end", "plain", {"tool_calls": [{"name": "say", "arguments": '{"a":"x\ny"}'}]}),
    ("usage_without_details", "usage", {"usage": USAGE}),
    ("usage_with_cache", "usage", {"usage": {
        **USAGE, "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 2}}}),
    ("usage_without_total", "usage", {"usage": {"prompt_tokens": 7, "completion_tokens": 5}}),
    ("usage_of_nulls", "usage", {"usage": {**USAGE, "prompt_tokens_details": None,
                                           "completion_tokens_details": None}}),
    ("length", "plain", {"finish_reason": "length"}),
    ("filtered", "plain", {"finish_reason": "content_filter"}),
    ("another_model", "plain", {"answer_model": "gpt-4o-mini-2026-01-01"}),
    ("log_probabilities", "probable", {"reply": "one two"}),
    ("azure", "usage", {"fault": "azure_first_chunk_empty_choices"}),
    ("without_done", "usage", {"fault": "no_done"}),
    ("split", "plain", {"fault": "split_utf8"}),
    ("bytes", "plain", {"fault": "one_byte"}),
]


@pytest.mark.parametrize("route, step", [row[1:] for row in ANSWERS], ids=[r[0] for r in ANSWERS])
def test_whole_as_langchain(rig, route, step):
    model = chat_openai(rig.stub, **MODELS[route])
    rig.stub.script(step, step)
    assert plain(rig.output(f"/{route}")) == invoked(model)


@pytest.mark.parametrize("route, step", [row[1:] for row in ANSWERS], ids=[r[0] for r in ANSWERS])
def test_streamed_as_langchain(rig, route, step):
    model = chat_openai(rig.stub, **MODELS[route])
    rig.stub.script(step, step)
    ours = rig.stream(f"/{route}")
    theirs, total = streamed(model)
    assert ours.ended_well, rig.log()
    assert [plain(chunk) for chunk in ours.chunks] == [c for c in theirs if says_something(c)]
    assert added(ours.chunks) == total


# ---- where LangChain loses something, or fails ----

def both(rig, route, step):
    """The message of a whole answer, and the sum of the chunks of the same answer."""
    pytest.importorskip("langchain_core")
    rig.stub.script(step, step)
    whole, stream = rig.output(f"/{route}"), rig.stream(f"/{route}")
    assert stream.ended_well, rig.log()
    return plain(whole), added(stream.chunks), stream


# (what it is, the stub's step, what the message holds in both forms)
MEMBERS = [
    ("refusal", {"fault": "refusal", "refusal": "I won't."},
     {"content": "", "additional_kwargs": {"refusal": "I won't."}}),
    ("reasoning", {"reasoning": "Let me think: 思考 first.", "reply": "Yes."},
     {"content": "Yes.", "additional_kwargs": {"reasoning_content": "Let me think: 思考 first."}}),
    ("reasoning_and_calls", {"reasoning": "Hm.", "tool_calls": CALLS[:1]},
     {"content": "", "additional_kwargs": {"reasoning_content": "Hm."}}),
    ("stock_calls", {"fault": "tool_calls,one_byte"}, {"content": "", "invalid_tool_calls": []}),
]


@pytest.mark.parametrize("step, members", [r[1:] for r in MEMBERS], ids=[r[0] for r in MEMBERS])
def test_whole_and_sum_are_the_same(rig, step, members):
    whole, total, _ = both(rig, "usage", step)
    for message in (whole, total):
        assert {k: message[k] for k in members} == members
    same = ("content", "additional_kwargs", "tool_calls", "invalid_tool_calls", "usage_metadata")
    assert {k: whole[k] for k in same} == {k: total[k] for k in same}
    for member in ("finish_reason", "model_name", "system_fingerprint", "model_provider"):
        assert whole["response_metadata"][member] == total["response_metadata"][member]


@pytest.mark.parametrize("arguments", ['{"city": "Par', "[1]", '{"a": 1} x'])
def test_calls_that_are_no_object(rig, arguments):
    """They are invalid as a whole; a stream carries them as fragments."""
    calls = [{"name": "good", "arguments": {}}, {"name": "bad", "arguments": arguments}]
    whole, total, stream = both(rig, "plain", {"tool_calls": calls, "interleave": True})
    assert [c["name"] for c in whole["tool_calls"]] == ["good"]
    invalid, = whole["invalid_tool_calls"]
    assert (invalid["name"], invalid["args"], invalid["type"]) == \
        ("bad", arguments, "invalid_tool_call")
    assert invalid["error"]
    fragments = [f for c in stream.chunks for f in c["tool_call_chunks"]]
    for at, call in enumerate(total["tool_call_chunks"]):
        own = [f for f in fragments if f["index"] == at]
        assert "".join(f["args"] for f in own) == call["args"]
        assert [f["name"] for f in own if f["name"]] == [call["name"]]
    assert total["tool_call_chunks"][1]["args"] == arguments


def test_of_several_choices_the_first_counts(rig):
    """LangChain drops the metadata of whole answers, and mixes the streamed ones."""
    whole, total, stream = both(rig, "three", {})
    assert rig.bodies()[0]["n"] == 3
    assert whole["content"] == total["content"] == stream.text == DEFAULT_REPLY
    assert whole["response_metadata"]["finish_reason"] == "stop"
    assert total["response_metadata"]["finish_reason"] == "stop"
    assert total["response_metadata"]["model_name"] == "gpt-4o-mini"


@pytest.mark.parametrize("route", ["plain", "usage"])
@pytest.mark.parametrize("fault", ["null_choices", "empty_choices"])
def test_no_choice_is_a_failure(rig, fault, route):
    rig.stub.script({"fault": fault}, {"fault": fault})
    assert rig.invoke(f"/{route}") == (500, "Internal Server Error")
    stream = rig.stream(f"/{route}")
    assert stream.ended_with_error, (stream.framing, stream.events)
    assert [line["error"] for line in rig.logged("run_failed")] == ["upstream_error"] * 2


# ---- in a chain ----

def test_text(rig):
    rig.stub.default(echo=True)
    value = {"text": "Größe: 你好 🦜\u0000\n\"quoted\""}
    assert rig.output("/text", value) == value["text"]
    stream = rig.stream("/text", value)
    assert stream.ended_well and stream.text == value["text"] and len(stream.chunks) > 5
    assert rig.batch("/text", [{"text": "a"}, {"text": "b"}]).body.startswith(
        b'{"output":["a","b"]')


def test_json(rig):
    rig.stub.default(reply='```json\n{"name": "東京", "sizes": [1, 2]}\n```')
    assert rig.output("/json") == {"name": "東京", "sizes": [1, 2]}
    stream = rig.stream("/json")
    assert stream.ended_well and stream.chunks[0] == {}
    assert stream.chunks[-1] == {"name": "東京", "sizes": [1, 2]}
