"""Messages and chunks are those that the real ChatAnthropic makes of the same answers."""

import json
import warnings

import pytest
from anthropic_rig import added, chat_anthropic, plain
from openai_rig import ASK, post

CITATION = {"type": "char_location", "cited_text": "x", "document_index": 0,
            "document_title": "t", "start_char_index": 0, "end_char_index": 1}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "get_weather",
        "input": {"city": "東京", "days": [1, 2]}}
USAGE = {"input_tokens": 10, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 7,
         "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 1},
         "output_tokens": 9}

# What is answered, and on which routes.
ANSWERS = {
    "text": ({}, ["plain", "full", "tools", "thinking"]),
    "empty": ({"reply": ""}, ["plain", "tools"]),
    "stop_sequence": ({"finish_reason": "stop_sequence", "stop_sequence": "x"}, ["plain"]),
    "max_tokens": ({"finish_reason": "max_tokens"}, ["plain"]),
    "refusal": ({"reply": "No.", "finish_reason": "refusal"}, ["plain"]),
    "call": ({"blocks": [CALL]}, ["tools", "any"]),
    "text_and_calls": ({"fault": "tool_calls", "reply": "Wait."}, ["tools"]),
    "call_without_input": ({"blocks": [{**CALL, "input": {}}]}, ["tools"]),
    "early_input": ({"blocks": [{**CALL, "input": {"city": "Rome", "days": [1, 2]}}],
                     "early_input": True}, ["tools"]),
    "thoughts": ({"reasoning": "Let me think."}, ["thinking"]),
    "redacted": ({"blocks": [{"type": "redacted_thinking", "data": "AAAA"},
                             {"type": "text", "text": "a b"}]}, ["thinking"]),
    "thoughts_and_call": ({"reasoning": "Hm.", "fault": "tool_calls"}, ["unforced"]),
    "cited": ({"blocks": [{"type": "text", "text": "a b", "citations": [CITATION, CITATION]}]},
              ["tools"]),
    "two_texts": ({"blocks": [{"type": "text", "text": "a b"}, {"type": "text", "text": "c d"}]},
                  ["tools", "plain"]),
    "usage": ({"usage": USAGE}, ["plain"]),
    "usage_thoughts": ({"usage": {**USAGE, "output_tokens_details": {"thinking_tokens": 4}}},
                       ["plain"]),
}
CASES = [(name, route) for name, (_, routes) in ANSWERS.items() for route in routes]


@pytest.mark.parametrize("name, route", CASES)
def test_invoked(rig, name, route):
    step = ANSWERS[name][0]
    rig.stub.default(**step)
    expected = chat_anthropic(rig.stub, route).invoke(ASK)
    assert plain(rig.output(f"/{route}")) == plain(expected.model_dump())


@pytest.mark.parametrize("name, route", CASES)
def test_streamed(rig, name, route):
    step = ANSWERS[name][0]
    rig.stub.default(**step)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chunks = list(chat_anthropic(rig.stub, route).stream(ASK))
    stream = rig.stream(f"/{route}")
    assert stream.ended_well, rig.log()
    got, wanted = map(plain, stream.chunks), (plain(c.model_dump()) for c in chunks)
    assert list(got) == list(wanted)
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert added(stream.chunks) == plain(total.model_dump())


def test_a_counts_only_at_the_beginning_are_not_lost(rig):
    """LangChain loses them."""
    rig.stub.default(usage=USAGE, bare_end=True)
    total = added(rig.stream("/plain").chunks)
    assert total["usage_metadata"]["input_tokens"] == 20
    assert total["usage_metadata"]["output_tokens"] == 9


def test_counts_that_are_none(rig):
    rig.stub.default(usage={name: 2**63 - 1 for name in ("input_tokens", "output_tokens",
                                                         "cache_read_input_tokens")})
    most = {"input_tokens": 2 * 10**12, "output_tokens": 10**12}
    for message in (rig.output("/plain"), added(rig.stream("/plain").chunks)):
        usage = message["usage_metadata"]
        assert {name: usage[name] for name in most} == most, rig.log()


def test_a_text_that_is_null(rig):
    rig.stub.default(blocks=[{"type": "text", "text": None}])
    assert rig.output("/plain")["content"] == ""


def test_text_alone(rig):
    assert rig.stream("/text", {"text": ASK}).text == rig.output("/plain")["content"]


def test_steps_are_called_chat_anthropic(rig):
    """Names and metadata as LangChain's traces have them."""
    answer = post(rig.server.port, "/traced/stream_events", {"input": {"text": ASK}})
    events = [json.loads(line[6:]) for line in answer.text.splitlines()
              if line.startswith("data: {")]
    start = next(e for e in events if e["event"] == "on_chat_model_start")
    assert start["name"] == "ChatAnthropic"
    wanted = {"ls_provider": "anthropic", "ls_model_name": "claude-sonnet-4-5",
              "ls_model_type": "chat", "ls_temperature": 0.25, "ls_max_tokens": 77}
    assert wanted.items() <= start["metadata"].items()
