"""What is sent is what the real ChatOllama sends."""

import pytest
from langchain_core.messages.utils import convert_to_messages
from ollama_rig import MODELS, chat_ollama
from openai_rig import ASK, KEY

PNG = "iVBORw0KGgo="


def human(content):
    return {"type": "human", "content": content}


CONVERSATIONS = {
    "turns": [{"type": "system", "content": "Be kind."}, human("hi"),
              {"type": "ai", "content": "yes"}, human("go")],
    "call": [human("a"),
             {"type": "ai", "content": "", "tool_calls": [
                 {"name": "f", "args": {"x": 1}, "id": "t1", "type": "tool_call"}]},
             {"type": "tool", "content": "warm", "tool_call_id": "t1"}],
    "nul": [human("a\0b"), {"type": "ai", "content": "c"},
            human([{"type": "text", "text": "d\0e"}])],
    "thoughts": [human("a"), {"type": "ai", "content": "b",
                              "additional_kwargs": {"reasoning_content": "hm"}}, human("c")],
    "parts": [human([{"type": "text", "text": "see"}, {"type": "text", "text": "this"},
                     {"type": "image_url",
                      "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                     {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
                     {"type": "image", "base64": PNG, "mime_type": "image/png"}])],
}


def shown(body):
    """Without what the SDK sends though it says nothing."""
    messages = [{k: v for k, v in m.items() if v not in (None, [], "")} for m in body["messages"]]
    return {k: v for k, v in {**body, "messages": messages, "stream": None}.items()
            if v is not None and v != []}


def sent_by_both(rig, route, messages):
    """(the body that LangChain sends, ours)"""
    model = chat_ollama(rig.stub, route)
    model.invoke(convert_to_messages(messages) if isinstance(messages, list) else messages)
    rig.output(f"/{route}", messages)
    return [shown(record["json"]) for record in rig.stub.requests()]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations(rig, name):
    theirs, ours = sent_by_both(rig, "plain", CONVERSATIONS[name])
    assert without_ids(ours) == without_ids(theirs)


def without_ids(body):
    """The SDK's calls have neither id nor type."""
    for message in body["messages"]:
        message.pop("tool_call_id", None)
        for call in message.get("tool_calls", []):
            call.pop("id", None), call.pop("type", None)
    return body


@pytest.mark.parametrize("route", [r for r in MODELS if r not in ("twice", "hasty")])
def test_parameters(rig, route):
    theirs, ours = sent_by_both(rig, route, ASK)
    assert ours == theirs


def test_streams_are_asked_for_by_who_streams(rig):
    rig.output("/plain")
    rig.stream("/plain")
    assert [r["json"]["stream"] for r in rig.stub.requests()] == [False, True]
    assert {r["headers"]["authorization"] for r in rig.stub.requests()} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("part", [{"type": "image_url", "image_url": {}}, {"type": "video"}])
def test_what_cannot_be_sent_is_told(rig, part):
    assert rig.invoke("/plain", [human([part])])[0] != 200
    assert "content parts for Ollama" in rig.wait_logged("run_failed")[-1]["message"]
    assert rig.stub.requests() == []
