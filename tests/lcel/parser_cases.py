"""Output parsers, as an expression of ours and as LangChain makes them, and what they are given:
hand-picked texts, and mixtures of pieces that each parser cares for."""

import dataclasses
import enum
import random
import typing

from langchain_core.output_parsers import (CommaSeparatedListOutputParser, JsonOutputParser,
                                           MarkdownListOutputParser, NumberedListOutputParser,
                                           PydanticOutputParser, StrOutputParser, XMLOutputParser)
from langchain_core.output_parsers.openai_tools import (JsonOutputKeyToolsParser,
                                                        JsonOutputToolsParser, PydanticToolsParser)
from langchain_classic.output_parsers.boolean import BooleanOutputParser
from langchain_classic.output_parsers.datetime import DatetimeOutputParser
from langchain_classic.output_parsers.enum import EnumOutputParser
from langchain_classic.output_parsers.regex import RegexParser
from pydantic import BaseModel

SEED, MIXTURES, MOST_PIECES = 20240607, 40, 9


class Color(enum.Enum):
    RED = "red"
    BLUE = "dark blue"
    ROUGE = "rougé"


class Person(BaseModel):
    name: str
    age: int
    tags: list[str] = []


class Search(BaseModel):
    query: str
    limit: int = 10


@dataclasses.dataclass
class Parser:
    name: str
    ours: typing.Any
    theirs: typing.Callable
    texts: list  # hand-picked
    pieces: list  # what mixtures are made of; none: no mixtures
    plain_errors: bool = False  # LangChain raises ValueError, ours says that parsing failed
    strict_end: bool = False  # a stream of ours that ends unreadable fails; LangChain's does not


def mixtures(parser):
    chance = random.Random(f"{SEED} {parser.name}")
    return ["".join(chance.choices(parser.pieces, k=chance.randint(1, MOST_PIECES)))
            for _ in range(MIXTURES if parser.pieces else 0)]


MARKS = ["1. ", "2.", "\n", " ", "- ", "* ", "a", "b c", "٣. x", "\t", "\r\n", "10. x\n", "-", "*\n",
         "é", "3.\n", "\u2003", ".", "\n\n- x\n"]
XML = ["<a>", "</a>", "<b>", "</b>", "<c/>", "text", "&amp;", "&#233;", "&foo;", "<!-- x -->", "```xml\n",
       "```", "<?xml version='1.0' encoding='utf-8'?>\n", " ", "\n", "<![CDATA[x<]]>", "<a x='1'>",
       "<x:y>", "]]>", "é", "<a>1</a>", "<b>2</b>", "<a><b>3</b></a>", "<", ">", "&", "<?p q?>"]
JSON = ['{"name": ', '"Ann"', ', "age": ', "3", '"41"', "}", "[", "]", "{", "```json\n", "\n```", "null",
        ', "tags": ["x", "y"]', "true", "1.5e3", '"a\\n', "\n", " ", "text", ": ", ",", '{"name": "Bo", "age": 5}',
        "\\u00e9", '"']
DEFAULT_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def datetimes(name, format, texts):
    ours = {"parse": "datetime"} if format is None else {"parse": "datetime", "format": format}
    theirs = {} if format is None else {"format": format}
    pieces = ["2023", "-", "07", "4", "T", "14", ":", "30", "00", ".5", "Z", " ", "July", "Tue"]
    return Parser(name, ours, lambda: DatetimeOutputParser(**theirs), texts, pieces)


def regexes(name, regex, keys, default, texts):
    ours = {"parse": "regex", "regex": regex, "output_keys": keys}
    if default:
        ours["default_output_key"] = default
    return Parser(
        name, ours,
        lambda: RegexParser(regex=regex, output_keys=keys, default_output_key=default), texts,
        ["a", "b", "1", "22", ":", " ", "\n", "é", "Score", "x"], plain_errors=True)


PARSERS = [
    Parser("str", "str", StrOutputParser, ["", "a", "é\n"], []),
    Parser("list", "list", CommaSeparatedListOutputParser, ["a, b,c", "", '"a, b", c', "a\nb,c"], []),
    Parser("numbered", {"parse": "numbered_list"}, NumberedListOutputParser,
           ["1. foo\n\n2. bar\n\n3. baz", "Items:\n\n1. apple\n2. banana", "none", "", "1.x 2. y",
            "1.1. a", "12. a 3. b\n4. c", "1.\n2. b", "1.  \n", "1. a\r\n2. b", "٣. x\n", "1. ",
            "x1. a", "1.\t\tq"], MARKS),
    Parser("markdown", {"parse": "markdown_list"}, MarkdownListOutputParser,
           ["- foo\n- bar\n- baz", "Items:\n- a\n  - b\n* c", "-foo", "- \n- x", "-\n- b", "", "none",
            "\n\n  - deep", "- a\r\n- b", "* - x", "a - b", "-\t x", "--- a"], MARKS),
    Parser("xml", {"parse": "xml"}, lambda: XMLOutputParser(parser="xml"),
           ["<foo><bar>1</bar><bar>2</bar></foo>", "```xml\n<a><b>x</b></a>\n```", "<a>text</a>",
            "Here:\n```<a/>```", "<a/>", "<a> </a>", "<a><b/></a>", "<a>x<b>y</b>z</a>", "nothing", "",
            "<a><b>1</b><c>", "<a></b>", "<a b>", "<a>&lt;&#65;</a>", "<a>&foo;</a>", "<x:a/>",
            "<a xmlns='u'><b xmlns:p='v'><p:c>1</p:c></b></a>", "<a><!-- c -->x<!-- d -->y</a>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b>é</b></a>", "<a>1</a> more", "<a>1</a><b/>",
            "<a><b><c>1</c><c>2</c></b><b><c>3</c></b></a>", "text before <a><b>1</b></a>", "<a x='1' x='2'/>",
            "<a><b>  </b></a>", "<a><![CDATA[<b>]]></a>", "<!DOCTYPE a><a>1</a>", "< a/>", "<1/>", "<é>x</é>",
            "<a>\u0001</a>", "``````", "```xml```", "<a>" * 30 + "x" + "</a>" * 30], XML),
    Parser("enum", {"parse": "enum", "values": [c.value for c in Color]},
           lambda: EnumOutputParser(enum=Color),
           ["red", " dark blue\n", "rougé", "RED", "", "green", "red."], ["red", " ", "\n", "dark", "blue"]),
    datetimes("datetime", None, ["2023-07-04T14:30:00.000000Z", "1999-12-31T23:59:59.9Z", " 2025-1-1T0:0:0.1Z ",
                                 "2023-02-29T00:00:00.0Z", "soon", "", "0000-01-01T00:00:00.0Z",
                                 "2023-07-04T14:30:60.0Z", "2023-07-04T14:30:00.0000000Z",
                                 "2023-07-04T14:30:00.000000z", "2023-07-04T14:30:00.0Z."]),
    datetimes("date", "%d %B %Y", ["4 July 2023", "04 JULY 2023", "31 June 2023", "4  July\n2023", "4 Jul 2023",
                                   "4July2023", "29 February 2024"]),
    datetimes("clock", "%I:%M %p", ["12:00 AM", "12:30 pm", "1:05 PM", "13:00 PM", "0:10 AM"]),
    datetimes("zoned", "%Y-%m-%d %H:%M%z", ["2023-01-02 03:04+0530", "2023-01-02 03:04-03:30", "2023-01-02 03:04Z",
                                            "2023-01-02 03:04z", "2023-01-02 03:04+2500", "2023-01-02 03:04"]),
    datetimes("short_year", "%m/%d/%y 100%%", ["07/04/68 100%", "7/4/69 100%", "13/1/20 100%"]),
    datetimes("year_day", "%Y (%j) %a", ["2023 (365) Mon", "2024 (366) sun", "2023 (366) tue", "2023 (0) tue"]),
    datetimes("local", "%c", ["Tue Jul  4 14:30:00 2023", "Tue Jul 4 14:30:00 2023", "Tuesday Jul 4 14:30:00 2023"]),
    Parser("boolean", {"parse": "boolean"}, BooleanOutputParser,
           ["YES", "no", "Yes, it is.", "YES or NO", "maybe", "", "NOT", "yes\nyes", "éyes", "yes-no", "no_"],
           ["yes", "NO", " ", "\n", "no", "maybe", "not", "Yes", "-"], plain_errors=True),
    Parser("boolean_words", {"parse": "boolean", "true_val": "oui", "false_val": "non"},
           lambda: BooleanOutputParser(true_val="oui", false_val="non"),
           ["Oui !", "NON", "oui ou non", "ouïe", "yes"], ["oui", "non", " ", "é", ","], plain_errors=True),
    regexes("regex", r"Score: (\d+)\n?(.*)", ["score", "rest"], None,
            ["Score: 5\nwell", "Score: x", "", "a Score: 12 b"]),
    regexes("regex_default", r"^(\w+): (?:(a)|(b))$", ["word", "a"], "word",
            ["é: a", "x: b", "x: b\n", "x: c", "", "x: a\ny"]),
    regexes("regex_named", r"(?P<x>a+)(?P<y>1|22)?\Z", ["x", "y"], None, ["aa22", "aa", "aa\n", "b"]),
    Parser("json", "json", JsonOutputParser,
           ['{"a": 1}', "[1, 2", '```json\n{"a": [1]}\n```', "x", "", "null", "1", '"a', "{", "}", "[}", "tru",
            '{"a": 1} x', '```\n[1]\n``` and ```\n[2]\n```', '{"a": "\\u00e9\\', '{"a": 1,}', "{'a': 1}",
            '{"a": 1, "a": 2}', "  [1]  ", "```json", "-", "01", "1.", '{"action_input": "a\nb"}'],
           JSON, strict_end=True),
    Parser("pydantic", {"parse": "json", "schema": Person.model_json_schema()},
           lambda: PydanticOutputParser(pydantic_object=Person),
           ['{"name": "Ann", "age": 3}', '{"age": "41", "name": "Bo", "more": 1}', '{"name": "Ann"}', "[]",
            "nothing", '```json\n{"name": "Ann", "age": 3, "tags": ["a", "b"]}\n```', '{"name": 1, "age": "x"}',
            '{"name": "Ann", "age": 3, "tags": ["a"', "null", ""], JSON, strict_end=True),
]


# ---- tool calls: messages, and the pieces that they come in ----

def call(name, args, id="c1"):
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def message(*calls, **more):
    return {"type": "ai", "content": "", "tool_calls": list(calls), **more}


def piece(name=None, args=None, id=None, index=0):
    return {"type": "AIMessageChunk", "content": "", "tool_call_chunks": [
        {"name": name, "args": args, "id": id, "index": index, "type": "tool_call_chunk"}]}


def spoken(text):
    return {"type": "AIMessageChunk", "content": text}


def raw(name, arguments, id="c1"):
    return {"type": "human", "content": "", "additional_kwargs": {"tool_calls": [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]}}


MESSAGES = [
    message(),
    message(call("Search", {"query": "a"})),
    message(call("Search", {"query": "a", "limit": "5"}), call("Other", {"x": [1]}, "c2")),
    message(call("Other", {}), call("Search", {"query": "b"}, "c2"), call("Search", {"query": "c"}, "c3")),
    message(call("Search", {"limit": "many"})),
    message(call("Search", {}), content="text"),
    message(call("Person", {"name": "Ann", "age": 3}), call("Search", {"query": "q"}, None)),
    raw("Search", '{"query": "raw"}'),
    raw("Search", "{not json"),
    raw("Search", ""),
    raw("Search", "null"),
    {"type": "human", "content": "no calls"},
    {"type": "ai", "content": "no calls"},
]

STREAMS = [
    [piece("Search", "", "c1"), piece(args='{"que'), piece(args='ry": "a'), piece(args='b", "limit": 5'), piece(args="}")],
    [piece("Search", '{"query": "a"}', "c1"), piece("Other", "", "c2", 1), piece(args='{"x": [1', index=1),
     piece(args=", 2]}", index=1)],
    [piece("Search", '{"query"', "c1"), piece("Person", '{"name": "A', "c2", 1), piece(args=': "q"}'),
     piece(args='nn", "age": 3}', index=1)],
    [spoken("Let me "), spoken("look"), piece("Search", '{"query": "a"}', "c1")],
    [spoken("no calls "), spoken("at all")],
    [piece("Search", '{"query": "cut', "c1")],
    [piece("Search", '{"query": ["', "c1"), piece(args='x"]}')],
    [piece("Search", "{}", "c1")],
    [piece("Search", "[1", "c1"), piece(args="]")],
]

TOOLS = [
    Parser("tools", {"parse": "tools"}, JsonOutputToolsParser, [], []),
    Parser("tools_id", {"parse": "tools", "return_id": True},
           lambda: JsonOutputToolsParser(return_id=True), [], []),
    Parser("tools_first", {"parse": "tools", "first_tool_only": True},
           lambda: JsonOutputToolsParser(first_tool_only=True), [], []),
    Parser("tools_key", {"parse": "tools", "key_name": "Search"},
           lambda: JsonOutputKeyToolsParser(key_name="Search"), [], []),
    Parser("tools_key_id", {"parse": "tools", "key_name": "Search", "return_id": True},
           lambda: JsonOutputKeyToolsParser(key_name="Search", return_id=True), [], []),
    Parser("tools_key_first", {"parse": "tools", "key_name": "Search", "first_tool_only": True},
           lambda: JsonOutputKeyToolsParser(key_name="Search", first_tool_only=True), [], []),
    Parser("tools_key_first_id", {"parse": "tools", "key_name": "Search", "first_tool_only": True,
                                  "return_id": True},
           lambda: JsonOutputKeyToolsParser(key_name="Search", first_tool_only=True, return_id=True), [], []),
    Parser("tools_pydantic", {"parse": "tools", "tools": {
        tool.__name__: tool.model_json_schema() for tool in (Search, Person)}},
           lambda: PydanticToolsParser(tools=[Search, Person]), [], [], plain_errors=True, strict_end=True),
    Parser("tools_pydantic_first", {"parse": "tools", "first_tool_only": True, "tools": {
        tool.__name__: tool.model_json_schema() for tool in (Search, Person)}},
           lambda: PydanticToolsParser(tools=[Search, Person], first_tool_only=True), [], [],
           plain_errors=True, strict_end=True),
]
