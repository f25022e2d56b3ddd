"""What is sent is what the real ChatAnthropic sends, and what the SDK's own types allow."""

import warnings

import pydantic
import pytest
from anthropic_rig import MODELS, chat_anthropic
from openai_rig import ASK, KEY

PNG = "iVBORw0KGgo="


def ai(content, *calls, **more):
    return {"type": "ai", "content": content,
            "tool_calls": [{"name": "get_weather", "args": args, "id": id_, "type": "tool_call"}
                           for id_, args in calls], **more}


def human(content):
    return {"type": "human", "content": content}


def tool(id_, content, **more):
    return {"type": "tool", "content": content, "tool_call_id": id_, **more}


def system(content):
    return {"type": "system", "content": content}


CONVERSATIONS = {
    "system": [system("Be kind."), human("hi")],
    "two_systems": [system("Be kind."), system("Be brief."), human("hi")],
    "late_system": [human("hi"), ai("yes"), system("Be kind."), human("go")],
    "system_blocks": [system([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]),
                      human("hi")],
    "humans_merge": [human("a"), human([{"type": "text", "text": "b"}]), human("c")],
    "assistants_do_not": [human("a"), ai("b"), ai("c"), human("d")],
    "prefill": [human("a"), ai("begin: \n ")],
    "empty_assistant": [human("a"), ai(""), human("b")],
    "call": [human("a"), ai("", ("t1", {"city": "x"})), tool("t1", "warm")],
    "call_and_text": [human("a"), ai("wait", ("t1", {"city": "x"})), tool("t1", "warm"),
                      human("and?")],
    "two_calls": [human("a"), ai("", ("t1", {}), ("t2", {"city": "y"})), tool("t1", "warm"),
                  tool("t2", [{"type": "text", "text": "cold"}], status="error")],
    "foreign_id": [human("a"), ai("", ("functions.x:0", {})), tool("functions.x:0", "warm")],
    "blocks": [human("a"),
               ai([{"type": "text", "text": "t"},
                   {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {"city": "q"}}],
                  ("t1", {"city": "x"})), tool("t1", "warm")],
    "streamed_blocks": [human("a"),
                        ai([{"type": "thinking", "thinking": "h", "signature": "s", "index": 0},
                            {"type": "text", "text": "t", "index": 1},
                            {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {},
                             "partial_json": "{\"city\": \"x\"}", "index": 2}]),
                        tool("t1", "warm")],
    "thinking": [human("a"), ai([{"type": "redacted_thinking", "data": "x", "index": 0},
                                 {"type": "text", "text": "t"}, {"type": "text", "text": " "}]),
                 human("b")],
    "cached_result": [human("a"), ai("", ("t1", {})),
                      tool("t1", [{"type": "text", "text": "w",
                                   "cache_control": {"type": "ephemeral"}}])],
    "image_url": [human([{"type": "text", "text": "see"},
                         {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}])],
    "image_data": [human([{"type": "image_url",
                           "image_url": {"url": f"data:image/png;base64,{PNG}"}}])],
    "image_v1": [human([{"type": "image", "base64": PNG, "mime_type": "image/png"},
                        {"type": "image", "url": "https://x.org/a.png"},
                        {"type": "image", "source_type": "base64", "data": PNG,
                         "mime_type": "image/jpeg"}])],
    "image_own": [human([{"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                                      "data": PNG}}])],
    "file": [human([{"type": "file", "base64": PNG, "mime_type": "application/pdf"},
                    {"type": "text-plain", "text": "u", "mime_type": "text/plain"}])],
    "reasoning_of_others": [human("a"), ai([{"type": "reasoning", "reasoning": "x"},
                                            {"type": "text", "text": "t"}]), human("b")],
}


def sent_by_both(rig, route, messages):
    """(the body that LangChain sends, ours)"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from langchain_core.messages.utils import convert_to_messages
        model = chat_anthropic(rig.stub, route)
        model.invoke(convert_to_messages(messages) if isinstance(messages, list) else messages)
    rig.output(f"/{route}", messages)
    return [record["json"] for record in rig.stub.requests()]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations(rig, name):
    theirs, ours = sent_by_both(rig, "plain", CONVERSATIONS[name])
    assert ours == theirs
    check_types(ours)


def test_invalid_calls_go_back_too(rig):
    """Newer versions of LangChain do it, older ones send a result without its call."""
    invalid = {"name": "get_weather", "args": "{oops", "id": "t1", "error": "e",
               "type": "invalid_tool_call"}
    rig.output("/plain", [human("a"), ai("", invalid_tool_calls=[invalid]), tool("t1", "no")])
    assert rig.stub.requests()[0]["json"]["messages"][1]["content"] == [
        {"type": "tool_use", "name": "get_weather", "input": {}, "id": "t1"}]


@pytest.mark.parametrize("route", [r for r in MODELS if r not in ("twice", "hasty")])
def test_parameters(rig, route):
    theirs, ours = sent_by_both(rig, route, ASK)
    assert ours == theirs
    check_types(ours)


def check_types(body):
    """Against the SDK's own description of requests."""
    from anthropic.types import message_create_params as params
    pydantic.TypeAdapter(params.MessageCreateParamsNonStreaming).validate_python(body)


@pytest.mark.parametrize("messages, said", [
    ([human("a"), system("s"), human("b"), system("t")], "system messages stand together"),
    ([human([{"type": "image_url", "image_url": {"url": "nowhere"}}])], "an image is an address"),
    ([human([{"text": "x"}])], "a content block has a 'type'"),
])
def test_what_cannot_be_sent_is_told(rig, messages, said):
    status, _ = rig.invoke("/plain", messages)
    assert status != 200
    assert said in rig.wait_logged("run_failed")[-1]["message"]
    assert rig.stub.requests() == []


def test_headers(rig):
    rig.output("/plain")
    headers = rig.stub.requests()[0]["headers"]
    assert headers["x-api-key"] == KEY and headers["anthropic-version"] == "2023-06-01"
    rig.stream("/plain")
    record = rig.stub.requests()[1]
    assert record["headers"]["accept"] == "text/event-stream" and record["json"]["stream"] is True


