"""Values decoded by our schemas against pydantic: the same results, the same errors.

LANGSERVED_TOOLS   the folder with decode_tool (default: build/tests/diff beside the tests)
"""

import datetime
import enum
import json
import os
import pathlib
import random
import uuid
from datetime import date
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from langchain_core.agents import AgentAction, AgentActionMessageLog, AgentFinish
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages.utils import AnyMessage
from langchain_core.outputs import (
    ChatGeneration, ChatGenerationChunk, Generation, LLMResult)
from langchain_core.prompt_values import ChatPromptValueConcrete, StringPromptValue
from line_tool import LineTool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("LANGSERVED_TOOLS", ROOT / "build" / "tests" / "diff")) \
    / "decode_tool"


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Plain(BaseModel):
    a: int
    b: str = "x"


class Other(BaseModel):
    a: int
    c: str = "x"


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 1


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


class Typed(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]
    a: int = 1


class Outer(BaseModel):
    m: Plain
    colour: Colour = Colour.RED
    level: Optional[Level] = None
    tags: list[str] = []


class OuterOther(BaseModel):
    m: Other


class Cat(BaseModel):
    kind: Literal["cat", "lion"]
    x: int


class Dog(BaseModel):
    kind: Literal["dog"]
    y: int


class Node(BaseModel):
    v: int
    kids: "list[Node]" = []
    one: "Optional[Node]" = None
    some: "Union[Node, list[Node], int]" = 0


class Limits(BaseModel):
    text: Annotated[str, Field(min_length=2, max_length=4)] = "abc"
    one: Annotated[str, Field(min_length=1)] = "a"
    count: Annotated[int, Field(gt=0, lt=10, multiple_of=3)] = 3
    rank: Annotated[int, Field(ge=1, le=10)] = 1
    share: Annotated[float, Field(gt=0, lt=10.5, multiple_of=0.5)] = 1
    wide: Annotated[float, Field(ge=1e-7, le=1e20)] = 1
    items: Annotated[list[int], Field(min_length=2, max_length=3)] = [1, 2]


class Dated(BaseModel):
    a: Optional[datetime.datetime] = None
    b: date = date(2020, 1, 2)
    x: Optional[uuid.UUID] = None


Pet = Annotated[Union[Cat, Dog], Field(discriminator="kind")]
ChatInput = Union[str, StringPromptValue, ChatPromptValueConcrete, list[AnyMessage]]

Pattern = Annotated[str, StringConstraints(pattern="^[a-c]+\\d?$")]

TYPES = {
    "pattern": Annotated[str, StringConstraints(pattern="a|é", min_length=2, max_length=4)],
    "pattern_han": Annotated[str, StringConstraints(pattern="^[\\u4e00-\\u9fff]+$|\\u{e9}")],
    "pattern_word": Annotated[str, StringConstraints(pattern="^\\w+$")],
    "pattern_words": list[Annotated[str, StringConstraints(pattern="^[\\w ]+\\W?$")]],
    "pattern_union": Union[int, Pattern, Annotated[str, StringConstraints(pattern="^x")]],
    "tuple": tuple[int, str], "tuple_one": tuple[Optional[float]],
    "tuples": Union[tuple[int, int], tuple[str, str]],
    "tuple_list": Union[tuple[int, str, bool], list[int], str],
    "set": set[int], "set_any": set[Any], "set_str": Union[set[str], int],
    "set_sized": Annotated[set[float], Field(min_length=2, max_length=3)],
    "set_tuple": set[tuple[int, str]],
    "dict_sized": Annotated[dict[str, int], Field(min_length=1, max_length=2)],
    "dict_literal": dict[Literal["a", "b", "c"], int],
    "dict_pattern": Union[dict[Annotated[str, StringConstraints(pattern="^[a-k]")], int], int],
    "dict_long_keys": dict[Annotated[str, StringConstraints(min_length=2)], int],
    "dict_short_keys": dict[Annotated[str, StringConstraints(max_length=1, pattern="^[a-k]")], int],
    "dict_dates": dict[date, int], "dict_uuids": dict[uuid.UUID, int],
    "set_list": Union[set[int], list[int]], "set_list_any": Union[set[float], list[Any]],
    "tuple_any": Union[tuple[int, float], list[Any]], "tuples_real": Union[
        tuple[float, float], tuple[int, int]],
    "multiple": Annotated[float, Field(multiple_of=3)],
    "multiple_real": Annotated[float, Field(multiple_of=0.1)],
    "literal_true": Literal["a", 1, True], "literal_false": Literal[False, 0],
    "literal_odd": Literal["\u200b", "a\u00a0b", "\U0001f469\u200d", "\x85"],
    "length_never": Annotated[str, Field(min_length=2, max_length=0)],
    "length_any": Union[Annotated[str, Field(min_length=0)], int],
    "datetime": datetime.datetime, "date": date, "time": datetime.time, "uuid": uuid.UUID,
    "dates": Union[datetime.datetime, date, datetime.time, uuid.UUID, int],
    "date_str": Union[date, str], "dated": Dated,
    "str": str, "int": int, "float": float, "bool": bool, "none": type(None), "any": Any,
    "literal": Literal["a", "b", "c", "it's"], "literal_int": Literal[1, 2],
    "literal_one": Literal["a"], "literal_escapes": Literal["a\n\\", "é", "\x01"],
    "enum": list[Colour], "enum_int": list[Level],
    "optional_int": Optional[int], "optional_union": Optional[Union[int, bool]],
    "int_str": Union[int, str], "str_int": Union[str, int], "int_float": Union[int, float],
    "float_int": Union[float, int], "bool_int": Union[bool, int], "bool_str": Union[bool, str],
    "float_str": Union[float, str], "literal_union": Union[int, Literal["1"]],
    "lists": Union[list[int], list[str], dict[str, int]],
    "lists_any": Union[list[int], list[Any]], "dicts_any": Union[dict[str, int], dict[str, Any]],
    "many": Union[Annotated[int, Field(gt=3)], Annotated[str, Field(min_length=3)],
                  Annotated[float, Field(gt=3)], Annotated[list[Optional[int]],
                                                           Field(min_length=3)],
                  Literal["a", 1], Colour, Level],
    "list_union": list[Union[int, bool, None]], "dict": dict[str, int], "dict_list":
        dict[str, list[float]], "list_list": list[list[int]],
    "plain": Plain, "closed": Closed, "open": Open, "typed": Typed, "outer": Outer,
    "models": Union[Plain, Other], "outers": Union[Outer, OuterOther],
    "model_lists": Union[list[Plain], list[Other]], "model_dict": Union[Plain, dict[str, Any]],
    "model_dict_int": Union[Plain, dict[str, int]], "dict_model": Union[dict[str, Any], Plain],
    "model_any": Union[int, Plain, str], "closed_open": Union[Closed, Typed],
    "plain_open": Union[Plain, Open], "pet": Pet, "pet_union": Union[int, Pet],
    "pet_optional": list[Optional[Pet]], "node": Node, "limits": Limits,
    "agent": Union[AgentAction, AgentActionMessageLog, AgentFinish],
    "generation": Union[Generation, ChatGeneration, ChatGenerationChunk], "result": LLMResult,
    "document": Document, "messages": list[AnyMessage], "chat_input": ChatInput,
    "prompt_value": Union[StringPromptValue, ChatPromptValueConcrete],
}

SCALARS = [
    None, True, False, 0, 1, 2, 3, 4, 10, 11, 12, -1, 5, 1.0, 0.0, -1.0, 0.3, 0.5, 1.5, 2.5, 10.5,
    "中文", "中a", "हिन्दी", "e\u0301", "²", "ⓐ", "\u0301", 1e20, 1e21, 1e16, 3.4e38, 1e308,
    3.000000002, 3.0000000005, 9.3e18, -9.3e18, 9007199254740992.0,
    9223372036854775807, "", "a", "b", "x",
    "red", "green", "it's", "a\n\\", "é", "éé", "abc", "abcde", "1", "0", "41", " 41 ", "1_000",
    "+41", "-41", "--1", "41.0", "41.", "41.5", "0x10", "1e3", "٣", "007", "-0", "1__0", "_1",
    "1_", "1_0.0", "\u00a041\u3000", "41.00_0", ".0", "+ 1", "-007", "+0_1", "0_0", "-_1", "+_1",
    "\n41\t", "-.0", "0.0", "1.0_0", "9223372036854775807", "-9223372036854775808",
    "9223372036854775807.0", "+", "-", ".", "1.5", " 1.5 ", "1_0.5", "1e5", ".5", "5.", "+1.5",
    "1_e5", "1e1_0", "1_.5", "1e", "e5", "1.e5", "0b1", "1e-400", "1,5", "+-1", "infin", "true",
    " true", "TRUE", "On", "y", "T", "oui", "tRuE", "no", "OFF",
]

TIMES = [
    "2020-01-01T00:00:00Z", "2020-01-01", "2020-01-01x", "2020-01-01T25:00", "2020-01-01T00:60",
    "2020-01-01T00:00:60", "2020-01-01T00:00:00.", "2020-01-01T00:00:00.1234567", "2020-1-1",
    "2020-01-01T00:00:00Zx", "2020-01-01T00:00:00+25:00", "2020-01-01T00:00:00+0130", "2020-13-01",
    "2020-01-01T00:00:00+00", "2020-01-01T00:00:00+00:60", "2020-01-01T00:00:00+24:00", "12:30",
    "2020-01-01T00:00:00+0x:00", "2020-01-01T00:00:00-08:00", "2020-01-01T0x:00", "2020-02-30",
    "2020-02-29", "2100-02-29", "2000-02-29", "2020-01-01T00:00x", "2020-01-01T00:00:00−01:00",
    "2020-01-01T00:00:00,5", "0000-01-01", "0000-01-01T00:00:00", "0001-01-01", "9999-12-31",
    "2020/01/01", "2020-01/01", "2020-00-01", "2020-01-00", "2020-01-01_00:00", "2020-01-01 00:00",
    "2020-01-01 00", "1.5", "86400.0", "-86400", "99999999999999999999", "20000000001",
    "253402300800000", "-62167219200", "-62167219201000", "1577836800.1234567", "-1.5", ".5",
    "+5.25", "2020-01-01T00:00:00.5-00:00", "2020-12-31T23:59:59.999999Z", " 2020-01-01",
    1577836800, 1577836800.5, 86400, 86401, 20000000000, 20000000001, 20000000001.5, 3600.5, -0.5,
    0.1234567, 253402300799, 253402300799999, 253402300800000, -62167219200, -62167219200000,
    -62167219200001, -62167219201000, 951782400, 4107542400, 68169600, -1e14, 2.5e-7, 86399.9999999,
    1577836800.9999999, "24:00", "12:60", "12:30:60", "12:30:00.", "12:30:00.1234567", "12:30Z",
    "12:30+01:00", "12", "1x:30", "12:3x", "12x30", "12:30:0x", "12:30x", "12:30:00,25",
    "12345678-1234-1234-1234-123456789ABC", "12345678123412341234123456789abc",
    "urn:uuid:12345678-1234-1234-1234-123456789abc", "{12345678-1234-1234-1234-123456789abc}",
    "12345678-1234-1234-1234-123456789abz", "12345678-1234-1234-1234", "12345678-123-41234",
    "12345678-123-41234-1234-123456789abc", "12345678-1234-1234-1234-123456789ab", "12341234",
    "12345678-1234-1234-1234-123456789abcd", "{12345678-1234-1234-1234-123456789ab}", "š", "{}",
    "{12345678123412341234123456789abc}", "urn:uuid:x", "urn:uuid:", "------", "1234567-81234-1-1-1",
    "urn:uuid:12345678-1234-1234-1234-123456789a", "ő", "中",
]

OBJECTS = [
    [1, "a"], ["1", "a", "b"], ["1", 2], [1, "a", True, "no", "x"], [1.5], ["a", "b"], [[1, "a"]],
    [1, 1], [1, 1.0], [1.0, 1], {"ab": 1, "c": 2}, {"éa": "1"}, {"2020-01-01": 1},
    {"12345678123412341234123456789abc": 1}, {"kind": ["\u200b", {"\u00a0": "\U0001f469\u200d"}]},
    [1, 1.0, True, "1"], ["a", "a", "b"], [1, [1]], [{}], [1, 2, 3, 4, 5], [2, 2, 2, "3"],
    ["x", 1, 2, 3, 4], [[1, "a"], ["1", "a"], [2, "b"]], {"k": 1}, {"k": "x", "l": 2, "m": 3},
    {"a": "2020-01-01", "b": 86400, "x": "12345678123412341234123456789abc"}, {"b": "x", "x": 5},
    [], {}, [1], ["1"], ["a"], [1, "a"], [None], [1, 2], ["x", 1, 1, 1, 1], [1, 2, 3, 4], ["b"],
    {"a": 1}, {"a": "1"}, {"a": "q"}, {"a": 1, "b": "s"}, {"a": 1, "b": 2}, {"a": 1, "c": "s"},
    {"b": "s", "a": 1}, {"a": 1, "b": "s", "c": "t"}, {"z": 1, "a": "1"}, {"z": "q", "y": 1},
    {"a": [1, "2.5"]}, {"a": [1, "w"], "b": 3}, [[1], ["2"]], [[1], ["w", None]], [[1], 2],
    {"m": {"a": 1}}, {"m": {"a": "1", "c": "s"}}, {"m": {}}, {"m": 5, "colour": "blue"},
    {"m": {"a": 1}, "colour": "green", "level": 2, "tags": ["a", 1]},
    {"m": {"a": 1}, "level": "2"}, {"m": {"a": 1}, "level": True},
    [{"a": 1}], [{"a": 1, "c": "x"}], [{"a": 1, "c": "x"}, {"a": 1, "b": "b"}],
    {"kind": "cat", "x": "1"}, {"kind": "lion", "x": "q"}, {"kind": "dog"}, {"kind": "cow"},
    {"kind": 1}, {"kind": None}, [{"kind": "dog", "y": 1}, None, "x", {"kind": 2.5}],
    {"v": 1}, {"v": "x"}, {"v": 1, "one": {"v": "x"}}, {"v": 1, "some": "x"},
    {"v": 1, "some": [{"v": "s"}]}, {"v": 1, "some": {"v": 2, "some": {"v": "w"}}},
    {"v": "7", "kids": [{"v": "8", "kids": [{"v": 1.5}]}]}, {"v": 1, "some": [{"v": "2"}]},
    {"text": "a"}, {"text": "abcde", "one": ""}, {"text": 5}, {"count": "12"}, {"count": 4},
    {"count": 0}, {"count": -3}, {"rank": 0}, {"rank": 11.0}, {"share": 0}, {"share": "10.5"},
    {"share": 0.3}, {"wide": 0}, {"wide": 1e21}, {"items": [1]}, {"items": [1, 2, 3, 4]},
    {"items": ["a"]}, {"text": "abcd", "count": 3.0, "rank": "5", "share": True, "wide": "2"},
    {"page_content": "x"}, {"page_content": "x", "metadata": {"b": 1}, "id": "5", "z": 1},
    {"type": "Document", "page_content": 5}, {"type": "Doc", "page_content": "x"},
    {"type": "StringPromptValue", "text": "x"}, {"type": "ChatPromptValueConcrete"},
    {"messages": [{"type": "human", "content": "x"}]}, {"messages": [5]},
    {"tool": "t", "tool_input": 5, "log": "l"}, {"tool": 5, "tool_input": {"a": 1}, "log": None},
    {"return_values": {"a": 1}, "log": "l"}, {"return_values": [], "log": "l"},
    {"tool": "t", "tool_input": "x", "log": "l", "message_log": [{"type": "ai", "content": "x"}]},
    {"text": "x", "generation_info": 5}, {"message": {"type": "ai", "content": 5}},
    {"message": {"type": "ai", "content": "x"}, "type": "ChatGeneration"},
    {"generations": [[{"text": "x"}, {"message": {"type": "ai", "content": "x", "id": []}}]]},
    {"generations": [[{"text": 5}], 5], "llm_output": 5, "run": [{"run_id": "x"}]},
    {"text": "x", "messages": []}, {"messages": "x", "type": "y"}, {"messages": {}},
]


def tool_call(**more):
    return {"name": "f", "args": {"x": 1}, "id": "1", **more}


SERVER_CALLS = [
    {"type": "server_tool_call_chunk", "args": '{"a": 1}', "id": "1"}, "x",
    {"type": "server_tool_call", "args": None}, {"type": "server_tool_call"},
    {"type": "server_tool_call", "args": {"a": 1}}, {"type": "text", "text": "x", "args": "{}"},
    {"type": "server_tool_call_chunk", "args": "[1]"}, {"type": "server_tool_call", "args": "{"},
    {"type": "server_tool_call_chunk", "args": []}, {"type": "server_tool_call_chunk", "args": 5},
]

MESSAGES = [
    {"type": "human", "content": "x"}, {"content": "x", "type": "human", "foo": 1},
    {"type": "human", "content": "x", "id": 5, "example": False}, {"type": "human"},
    {"type": "human", "content": "x", "id": 5.5, "name": 3}, {"type": "robot", "content": "x"},
    {"type": "human", "content": [{"type": "text", "text": "a"}, "b"]},
    {"type": "human", "content": [1, {"a": 1}]}, {"type": "system", "content": None},
    {"type": "human", "content": None, "content_blocks": [{"type": "text", "text": "q"}]},
    {"type": "human", "content": "x", "additional_kwargs": 5, "response_metadata": []},
    {"type": "chat", "content": "x"}, {"type": "chat", "content": "x", "role": "r"},
    {"type": "function", "content": "x"}, {"type": "function", "content": "x", "name": "f"},
    {"type": "chat", "content": "x", "id": 5}, {"type": "human", "id": 5, "name": 5},
    {"type": "tool", "content": 5, "tool_call_id": 7},
    {"type": "tool", "content": "x", "tool_call_id": True, "id": True},
    {"type": "ToolMessageChunk", "content": ["\u200b", ["\u200b"]], "tool_call_id": 1.5},
    {"type": "ai", "content": "x", "content_blocks": [
        tool_call(type="tool_call"), {"type": "text"}]},
    {"type": "AIMessageChunk", "content_blocks": [tool_call(type="tool_call")]},
    {"type": "ai", "content_blocks": [tool_call(type="tool_call")], "tool_calls": []},
    {"type": "AIMessageChunk", "content": "", "invalid_tool_calls": [
        {"name": "f", "args": None, "id": None}]},
    {"type": "AIMessageChunk", "content": "", "invalid_tool_calls": [
        {"name": "f", "args": "{oops", "id": "1"}], "tool_calls": [tool_call()]},
    {"type": "tool", "tool_call_id": "7"},
    {"type": "tool", "content": [1, "a", {"b": 2}, None, True], "tool_call_id": "7"},
    {"type": "tool", "content": "x", "tool_call_id": "1", "status": "bad", "artifact": [1]},
    {"type": "ai", "content": "x", "name": None}, {"type": "remove", "content": "", "id": "x"},
    {"type": "ai", "content": "", "tool_calls": [tool_call()],
     "invalid_tool_calls": [{"name": "q"}]},
    {"type": "ai", "content": "", "tool_calls": [tool_call(type="other", extras={"a": 1})]},
    {"type": "ai", "content": "", "tool_calls": [{"name": 5, "args": [], "id": 5}]},
    {"type": "ai", "content": "", "tool_calls": None},
    {"type": "ai", "content": "", "additional_kwargs": {"tool_calls": [
        {"id": "1", "function": {"name": "f", "arguments": '{"a":1}'}},
        {"id": "2", "function": {"name": "g", "arguments": "{oops"}}, {"id": "3"}]}},
    {"type": "ai", "content": "", "usage_metadata": {
        "input_tokens": "1", "output_tokens": 2, "total_tokens": 3, "zz": 1,
        "input_token_details": {"cache_read": "4", "other": 5}}},
    {"type": "ai", "content": "", "usage_metadata": 5},
    {"type": "ai", "content": "", "usage_metadata": {"input_tokens": 1}},
    {"type": "AIMessageChunk", "content": "x"},
    {"type": "AIMessageChunk", "content": "", "tool_call_chunks": [
        {"name": "f", "args": '{"x":1}', "id": "1", "index": 0}, {"args": "[1]"},
        {"name": None, "args": "", "index": 1}], "chunk_position": "last"},
    {"type": "AIMessageChunk", "content": "", "tool_calls": [tool_call()]},
    {"type": "AIMessageChunk", "content": "", "chunk_position": "first"},
    {"type": "AIMessageChunk", "chunk_position": "last", "content": SERVER_CALLS,
     "response_metadata": {"output_version": "v1"}},
    {"type": "AIMessageChunk", "content": SERVER_CALLS,
     "response_metadata": {"output_version": "v1"}},
    {"type": "AIMessageChunk", "chunk_position": "last", "content": SERVER_CALLS},
    {"type": "ToolMessageChunk", "content": "x", "tool_call_id": "1"},
    {"type": "HumanMessageChunk", "content": "x"}, {"type": "ChatMessageChunk", "content": "x"},
]

# The same in JSON, but Python itself says something else there: integers beyond 64 bits, numbers
# that JSON has not, and faults of LangChain's that end in an exception.
BEYOND = (OverflowError, TypeError, KeyError, AttributeError)


def random_value(rng, depth=0):
    kind = rng.random()
    if depth > 3 or kind < 0.45:
        return rng.choice(SCALARS)
    if kind < 0.55:
        return rng.choice(OBJECTS)
    if kind < 0.7:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    keys = ["a", "b", "c", "m", "v", "kids", "one", "some", "kind", "x", "y", "text", "type"]
    return {rng.choice(keys): random_value(rng, depth + 1) for _ in range(rng.randrange(5))}


def expected(adapter, value):
    """What pydantic says, as decode_tool prints it."""
    try:
        made = adapter.validate_python(json.loads(json.dumps(value)))
    except ValidationError as e:
        errors = e.errors()
        return {"errors": [{k: error[k] for k in ("type", "loc", "msg", "input", "ctx", "url")
                            if k in error} for error in errors]}
    return {"ok": json.loads(json.dumps(adapter.dump_python(made, mode="json",
                                                            serialize_as_any=True)))}


def max_integer(answer):
    made = answer.get("ok")
    return made if isinstance(made, int) else 0


def unordered(answer):
    if isinstance(answer.get("ok"), list):
        answer["ok"].sort(key=json.dumps)
    return answer


@pytest.fixture
def tool():
    started = LineTool(TOOL)
    yield started
    started.close()


def differences(tool, name, values):
    adapter = TypeAdapter(TYPES[name])
    schema = adapter.json_schema()
    for value in values:
        try:
            want = expected(adapter, value)
        except BEYOND:
            continue
        if abs(max_integer(want)) >= 2**63:
            continue
        got = tool.ask(schema=schema, value=value)
        if name.startswith("set"):  # Python's have no order
            want, got = unordered(want), unordered(got)
        if json.dumps(want) != json.dumps(got):
            yield f"{json.dumps(value)}\n  want {json.dumps(want)}\n  got  {json.dumps(got)}"


@pytest.mark.parametrize("name", TYPES)
def test_table_of_values(tool, name):
    values = SCALARS + TIMES + OBJECTS + [[message] for message in MESSAGES]
    assert not (wrong := list(differences(tool, name, values))), "\n".join(wrong)


@pytest.mark.parametrize("name", TYPES)
def test_random_values(tool, name):
    rng = random.Random(f"decode {name}")
    values = [random_value(rng) for _ in range(300)]
    assert not (wrong := list(differences(tool, name, values))), "\n".join(wrong)


def test_nested_unions_end_soon(tool):
    value = 5.5
    for _ in range(40):
        value = {"v": 1, "some": [value]}
    schema = TypeAdapter(Node).json_schema()
    assert tool.ask(schema=schema, value=value)["errors"]


def test_deep_values_do_not_overflow(tool):
    value = 1
    for _ in range(500):
        value = {"v": 1, "one": value}
    assert tool.ask(schema=TypeAdapter(Node).json_schema(), value=value)["errors"]


def test_input_of_a_chat_model_is_recognised(tool):
    schema = FakeListChatModel(responses=[]).get_input_schema().model_json_schema()
    wrong = [difference for message in MESSAGES
             for difference in differences(tool, "chat_input", [[message], message])]
    assert "$defs" in schema and not wrong, "\n".join(wrong)
