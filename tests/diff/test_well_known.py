"""LangChain's own types in answers: ours against langserve.serialization, both ways.

What a LangServe server prints must come out of our decoder unchanged; what we print must mean the
same to LangServe's decoder.  decode_tool (decode_tool.c) runs ours.
"""

import json
import os
import pathlib
import random
import uuid
from typing import Any

import pytest
from langchain_core.agents import AgentAction, AgentActionMessageLog, AgentFinish
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage, AIMessageChunk, ChatMessage, ChatMessageChunk, FunctionMessage,
    FunctionMessageChunk, HumanMessage, HumanMessageChunk, SystemMessage, SystemMessageChunk,
    ToolMessage, ToolMessageChunk)
from langchain_core.outputs import (
    ChatGeneration, ChatGenerationChunk, Generation, GenerationChunk, LLMResult, RunInfo)
from langchain_core.prompt_values import ChatPromptValueConcrete, StringPromptValue
from langserve.serialization import WellKnownLCSerializer
from pydantic import TypeAdapter

from line_tool import LineTool
from test_decode import BEYOND, MESSAGES, TOOL

SHARED = os.environ.get("LANGSERVED_SHARED", pathlib.Path(__file__).resolve().parents[3] / "shared")
CASES = pathlib.Path(SHARED) / "wire" / "cases"
RECORDED = ["messages_all", "docs_out", "values", "union", "typed", "any", "custom_type",
            "string_prompt"]

MADE = [
    HumanMessage("x", id="1"), SystemMessage([{"type": "text", "text": "a"}, "b"]),
    AIMessage("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c"}],
              usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}),
    ChatMessage("x", role="r"), FunctionMessage("x", name="f"),
    ToolMessage("x", tool_call_id="1", artifact={"a": [1]}, status="error"),
    AIMessageChunk("", tool_call_chunks=[{"name": "f", "args": '{"a"', "id": "1", "index": 0}]),
    HumanMessageChunk("x"), ChatMessageChunk("x", role="r"), SystemMessageChunk("x"),
    FunctionMessageChunk("x", name="f"), ToolMessageChunk("x", tool_call_id="1"),
    Document("text", metadata={"n": 1.5, "deep": {"a": [None]}}, id="d"), Document(""),
    StringPromptValue(text="x"),
    ChatPromptValueConcrete(messages=[HumanMessage("a"), AIMessage("b", tool_calls=[
        {"name": "f", "args": {}, "id": None}])]),
    AgentAction("tool", {"a": 1}, "log"), AgentAction("tool", "text", ""),
    AgentActionMessageLog(tool="t", tool_input="i", log="l", message_log=[
        AIMessage("a"), HumanMessageChunk("b")]),
    AgentFinish({"output": "x", "more": [1]}, "log"),
    Generation(text="x"), Generation(text="x", generation_info={"finish_reason": "stop"}),
    GenerationChunk(text="x"), ChatGeneration(message=AIMessage("x")),
    ChatGeneration(message=AIMessage([{"type": "text", "text": "a"}, {"text": "b"}, "c"])),
    ChatGenerationChunk(message=AIMessageChunk("x"), generation_info={"a": 1}),
    LLMResult(generations=[[Generation(text="a"), GenerationChunk(text="b")],
                           [ChatGeneration(message=AIMessage("c"))]],
              llm_output={"token_usage": {}}, run=[RunInfo(run_id=uuid.UUID(int=7))]),
    LLMResult(generations=[]),
]

HAND_PICKED = [
    {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"],
     "kwargs": {"content": "x"}},
    {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
    {"lc": 1, "type": "human", "content": "x"}, {"type": "Document"}, {"type": None}, {"type": 5},
    {"type": ["human"], "content": "x"}, {"type": "Human", "content": "x"}, {"a": 1}, [], "human",
    {"type": "Document", "page_content": "x", "lc": 1}, {"type": "Generation", "text": 5},
    {"type": "ChatGeneration", "message": {"type": "ai", "content": "x"}, "text": "other"},
    {"type": "ChatGeneration", "message": {"type": "robot", "content": "x", "foo": 1}},
    {"type": "ChatGeneration", "message": {"content": "x"}}, {"type": "ChatGeneration"},
    {"type": "ChatGeneration", "message": {"type": "ai", "content": [
        {"type": "text", "text": "a"}, {"type": "image_url", "image_url": "u"}, "b"]}},
    {"type": "ChatGenerationChunk", "message": {"type": "ai", "content": "x"}},
    {"type": "ChatGenerationChunk", "message": {"type": "AIMessageChunk", "content": "x"}},
    {"type": "ChatGenerationChunk", "message": {"type": "robot", "content": "x"}},
    {"type": "AgentAction", "tool": "t", "tool_input": {"type": "human", "content": "x"},
     "log": ""},
    {"type": "AgentAction", "tool": "t", "tool_input": [1], "log": ""},
    {"type": "AgentAction", "tool": "t", "tool_input": {"a": {"type": "human", "content": "x"}},
     "log": "", "more": 1},
    {"type": "AgentActionMessageLog", "tool": "t", "tool_input": "", "log": "",
     "message_log": [{"type": "ai", "content": ""}, {"type": "x", "content": ""}]},
    {"type": "AgentActionMessageLog", "tool": "t", "tool_input": "", "log": "",
     "message_log": [{"type": "Document", "page_content": ""}]},
    {"type": "AgentFinish", "return_values": {"a": {"type": "Document", "page_content": "x"}},
     "log": "l"},
    {"type": "AgentFinish", "return_values": {"type": "Document", "page_content": "x"},
     "log": "l"},
    {"type": "LLMResult", "generations": [[{"text": "a"}, {"type": "Generation", "text": "b"}]]},
    {"type": "LLMResult", "generations": [[{"type": "ChatGeneration", "message": {
        "type": "human", "content": "x"}}, {"type": "ChatGenerationChunk", "message": {
            "type": "HumanMessageChunk", "content": "y"}}]], "run": [{"run_id": "x"}]},
    {"type": "LLMResult", "generations": [[{"type": "ChatGenerationChunk", "message": {
        "type": "HumanMessageChunk", "content": "y"}}]], "run": [
            {"run_id": "12345678123412341234123456789ABC", "z": 1}]},
    {"type": "LLMResult", "generations": [{"text": "a"}]},
    {"type": "LLMResult", "generations": [[{"message": {"type": "ai", "content": "x"}}]]},
    {"type": "ChatPromptValueConcrete", "messages": [{"type": "Document", "page_content": "x"}]},
    {"type": "ChatPromptValueConcrete", "messages": [{"type": "human", "content": "x", "id": 5}]},
    {"type": "human", "content": [{"type": "human", "content": "x"}]},
    {"type": "human", "content": "x", "additional_kwargs": {"type": "Document",
                                                            "page_content": "x"}},
    {"type": "human", "content": "x", "more": {"type": "Document", "page_content": "x"}},
    {"deep": [{"er": {"type": "Document", "page_content": "x", "metadata": {
        "m": {"type": "ai", "content": "y"}}}}]},
]


@pytest.fixture(scope="module")
def tool():
    started = LineTool(TOOL)
    yield started
    started.close()


def printed(value):
    """As a LangServe server prints a value (whole: subclasses keep their members)."""
    return TypeAdapter(Any).dump_python(value, mode="json", serialize_as_any=True)


def ours(tool, value):
    answer = tool.ask(value=value)
    if "refused" in answer:
        raise OverflowError(answer["refused"])  # no JSON of ours: a number too large, too deep
    return answer["ok"]


def theirs(value):
    return WellKnownLCSerializer().loadd(json.loads(json.dumps(value)))


def differences(tool, values):
    for value in values:
        try:
            want, got = printed(theirs(value)), ours(tool, value)
        except BEYOND:
            continue
        if json.dumps(want) != json.dumps(got):
            yield f"{json.dumps(value)}\n  want {json.dumps(want)}\n  got  {json.dumps(got)}"


@pytest.mark.parametrize("value", MADE, ids=lambda value: type(value).__name__)
def test_what_they_print_is_canonical(tool, value):
    text = printed(value)
    assert json.dumps(ours(tool, text)) == json.dumps(text)


@pytest.mark.parametrize("value", MADE, ids=lambda value: type(value).__name__)
def test_what_we_print_means_the_same_to_them(tool, value):
    back = theirs(ours(tool, printed(value)))
    assert printed(back) == printed(value)
    if not isinstance(value, GenerationChunk):  # those have the type of a Generation
        assert type(back) is type(value)


def test_hand_picked_values(tool):
    values = HAND_PICKED + MESSAGES + [{"in": [message]} for message in MESSAGES]
    assert not (wrong := list(differences(tool, values))), "\n".join(wrong)


def broken(rng, value):
    """A value with a member left out, renamed, or replaced somewhere."""
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        return value[:at] + [broken(rng, value[at])] + value[at + 1:]
    if not isinstance(value, dict) or not value or rng.random() < 0.1:
        return rng.choice([None, 5, "x", [], {}, True, 1.5, {"a": 1}, ["x"],
                           {"type": "human", "content": "x"}])
    key = rng.choice(list(value))
    if rng.random() < 0.3:
        return {k: v for k, v in value.items() if k != key}
    return {k: broken(rng, v) if k == key else v for k, v in value.items()}


def test_broken_values(tool):
    rng = random.Random("well known")
    values = [broken(rng, printed(rng.choice(MADE))) for _ in range(1500)]
    values += [broken(rng, rng.choice(HAND_PICKED)) for _ in range(500)]
    assert not (wrong := list(differences(tool, values))), "\n".join(wrong)


def recorded_values(name):
    for line in (CASES / f"{name}.jsonl").read_text().split("\n"):
        if not line:
            continue
        case = json.loads(line)
        for body in (case.get("request", {}).get("body"), case.get("response", {}).get("body")):
            try:
                yield json.loads(body)
            except RecursionError:  # one of them is nested that deeply
                continue
            except (TypeError, ValueError):
                for event in str(body or "").split("\n"):
                    if event.startswith("data: {") or event.startswith("data: ["):
                        try:
                            yield json.loads(event[6:])
                        except ValueError:
                            pass


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no recorded exchanges at {CASES}")
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_values(tool, name):
    values = list(recorded_values(name))
    assert values, f"nothing was read of {name}.jsonl"
    assert not (wrong := list(differences(tool, values))), "\n".join(wrong)
