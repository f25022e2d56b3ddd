"""Messages and chunks are those that the real ChatOllama makes of the same answers."""

import json

import pytest
from ollama_rig import added, chat_ollama, plain
from openai_rig import ASK, post

CALLS = [{"name": "get_weather", "arguments": {"city": "Rome", "days": [1, 2]}},
         {"name": "get_weather", "arguments": {"functionName": "get_weather", "deep": "[1, {}]"}}]

# What is answered, and on which routes.
ANSWERS = {
    "text": ({}, ["plain", "full", "as_json", "schematic"]),
    "empty": ({"reply": ""}, ["plain"]),
    "length": ({"finish_reason": "length"}, ["plain"]),
    "one_call": ({"tool_calls": CALLS[:1]}, ["tools"]),
    "calls": ({"tool_calls": CALLS, "reply": "Wait."}, ["tools"]),
    "no_arguments": ({"tool_calls": [{"name": "get_weather", "arguments": {}}]}, ["tools"]),
    "thoughts": ({"reasoning": "Let me think."}, ["plain", "thinking", "much", "silent"]),
    "no_counts": ({"usage": {"eval_count": None}}, ["plain"]),
    "bytes": ({"fault": "one_byte"}, ["plain"]),
}
CASES = [(name, route) for name, (_, routes) in ANSWERS.items() for route in routes]


@pytest.mark.parametrize("name, route", CASES)
def test_invoked(rig, name, route):
    rig.stub.default(**ANSWERS[name][0])
    expected = chat_ollama(rig.stub, route).invoke(ASK)
    assert plain(rig.output(f"/{route}")) == plain(expected.model_dump())


@pytest.mark.parametrize("name, route", CASES)
def test_streamed(rig, name, route):
    rig.stub.default(**ANSWERS[name][0])
    chunks = list(chat_ollama(rig.stub, route).stream(ASK))
    stream = rig.stream(f"/{route}")
    assert stream.ended_well, rig.log()
    assert [plain(c) for c in stream.chunks] == [plain(c.model_dump()) for c in chunks]
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert added(stream.chunks) == plain(total.model_dump())


def test_counts_that_are_none(rig):
    rig.stub.default(usage={"prompt_eval_count": 2**63 - 1, "eval_count": 2**63 - 1})
    for message in (rig.output("/plain"), added(rig.stream("/plain").chunks)):
        assert message["usage_metadata"]["total_tokens"] == 2 * 10**12, rig.log()


def test_ids_are_invented_for_each_call(rig):
    rig.stub.default(tool_calls=CALLS)
    calls = [c for chunk in rig.stream("/tools").chunks for c in chunk["tool_call_chunks"]]
    assert len({call["id"] for call in calls}) == 2 and {c["index"] for c in calls} == {None}


def test_arguments_that_are_no_object(rig):
    """LangChain fails there."""
    rig.stub.default(tool_calls=[{"name": "get_weather", "arguments": "oops"}])
    call, = rig.output("/tools")["invalid_tool_calls"]
    assert (call["name"], call["args"]) == ("get_weather", "oops")
    assert rig.stream("/tools").ended_well


def test_a_model_that_was_only_loaded(rig):
    rig.stub.default(reply="", finish_reason="load")
    assert rig.stream("/plain").ended_with_error
    assert rig.failure() == "upstream_error"


def test_steps_are_called_chat_ollama(rig):
    """Names and metadata as LangChain's traces have them."""
    answer = post(rig.server.port, "/traced/stream_events", {"input": {"text": ASK}})
    events = [json.loads(line[6:]) for line in answer.text.splitlines()
              if line.startswith("data: {")]
    start = next(e for e in events if e["event"] == "on_chat_model_start")
    assert start["name"] == "ChatOllama"
    wanted = {"ls_provider": "ollama", "ls_model_name": "llama3.2", "ls_model_type": "chat",
              "ls_temperature": 0.25, "ls_stop": ["x", "y"]}
    assert wanted.items() <= start["metadata"].items()
