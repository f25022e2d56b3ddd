"""All output parsers on the same answers in LangChain and in langserved, malformed ones included:
invoked, alone as a stream, and behind a step that cuts the text in pieces."""

import datetime
import enum
import json
from xml.etree.ElementTree import XMLPullParser

import pytest
import yaml
from langchain_classic.output_parsers.fix import OutputFixingParser
from langchain_classic.output_parsers.retry import RetryOutputParser, RetryWithErrorOutputParser
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.prompt_values import StringPromptValue
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableGenerator, RunnableLambda

import parser_cases
from lcel_compare import streamed
from lcel_pairs import Pair, plain
from lcel_server import Failure, Ours, app_of, client
from parser_cases import PARSERS, TOOLS

CUTS = [1, 4]  # characters in a piece


def expat_holds_back():
    """Whether Python's Expat reads the pieces of a token only when they have doubled, as 2.6 and
    older ones with its security fixes do: LangChain then tells late what a stream holds, or never."""
    parser = XMLPullParser(["start"])
    parser.feed("<a")
    parser.feed(">")
    return not list(parser.read_events())


def cutting(size):
    """A step that gives its input in pieces of `size` characters: ours and LangChain's."""
    lua = (f"local at, n, len = 1, {size}, utf8.len(input)\n"
           "for i = 0, len - 1, n do\n"
           "  local from = utf8.offset(input, i + 1)\n"
           "  local to = utf8.offset(input, math.min(i + n, len) + 1)\n"
           "  emit(input:sub(from, to - 1))\nend")

    def cut(chunks):
        text = "".join(chunks)
        for i in range(0, len(text), size):
            yield text[i:i + size]

    return {"generator": lua}, cut


def of_wire(given):
    kinds = {"ai": AIMessage, "human": HumanMessage, "AIMessageChunk": AIMessageChunk}
    return kinds[given["type"]](**{k: v for k, v in given.items() if k != "type"})


def hand_out(chunks):
    for listed in chunks:
        for given in listed:
            yield of_wire(given)


def routes_of():
    """(name, pair) of every route: the parser alone, and behind each way of cutting."""
    for parser in PARSERS:
        yield parser.name, Pair(parser.ours, parser.theirs)
        for size in CUTS:
            ours, theirs = cutting(size)
            yield f"{parser.name}/{size}", Pair(
                [ours, parser.ours], lambda p=parser, t=theirs: RunnableGenerator(t) | p.theirs())
    for parser in TOOLS:
        yield parser.name, Pair(parser.ours, parser.theirs)
        yield f"{parser.name}/pieces", Pair(
            [{"generator": "for _, m in ipairs(input) do emit(m) end"}, parser.ours],
            lambda p=parser: RunnableGenerator(hand_out) | p.theirs())


ROUTES = dict(routes_of())


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    import servers
    folder = tmp_path_factory.mktemp("parsers")
    (folder / "app.yaml").write_text(app_of(list(ROUTES.values())), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder).start()
    with client() as http:
        yield {name: Ours(http, f"{server.url}/r{i}") for i, name in enumerate(ROUTES)}
    server.stop_cleanly()


def shown(value):
    """A value of LangChain's as the wire has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return plain(value)


def attempt(call):
    try:
        return call(), None
    except Exception as error:  # whatever a parser raises is what is compared
        return None, error


def invoke_both(route, pair, given, theirs_given):
    theirs, error = attempt(lambda: shown(pair.theirs().invoke(theirs_given)))
    ours, failure = attempt(lambda: route.invoke(given, {}))
    assert failure is None or isinstance(failure, Failure), failure
    return ours, failure, theirs, error


def check_invoke(parser, route, pair, given, theirs_given):
    ours, failure, theirs, error = invoke_both(route, pair, given, theirs_given)
    assert (failure is None) == (error is None), f"{given!r}: {ours!r} {failure!r}, {theirs!r} {error!r}"
    if failure is not None:
        assert failure.code == "output_parsing_failure", given
        assert parser.plain_errors or type(error).__name__ == "OutputParserException"
    assert ours == theirs, given
    return failure


def check_stream(parser, route, pair, given, theirs_given, fails):
    """`fails`: it does where it is invoked."""
    chunks = []

    def consume():
        for chunk in pair.theirs().stream(theirs_given):
            chunks.append(shown(chunk))

    error = attempt(consume)[1]
    ours, failure = route.stream(given, {})
    what = f"{given!r}: {ours!r} {failure!r}, {chunks!r} {error!r}"
    if parser.strict_end and fails and error is None:
        assert failure is not None, what
    else:
        assert (failure is None) == (error is None), what
    assert streamed(filled(ours)) == streamed(filled(chunks)), what


def filled(chunks):
    """Without empty lists and null: a stream of ours gives them where invoking does, LangChain's is
    silent."""
    return [chunk for chunk in chunks if chunk != [] and chunk is not None]


def texts_of(parser):
    return [*parser.texts, *parser_cases.mixtures(parser)]


def test_there_are_enough():
    assert sum(len(texts_of(parser)) for parser in PARSERS) >= 600
    assert len({parser.name for parser in PARSERS + TOOLS}) == len(PARSERS + TOOLS)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_text_is_read_as_langchain_reads_it(routes, parser):
    whole = parser.name == "xml" and expat_holds_back()
    for text in texts_of(parser):
        fails = check_invoke(parser, routes[parser.name], ROUTES[parser.name], text, text)
        for name in [parser.name, *(f"{parser.name}/{size}" for size in CUTS if not whole)]:
            check_stream(parser, routes[name], ROUTES[name], text, text, fails)


@pytest.mark.parametrize("parser", TOOLS, ids=lambda parser: parser.name)
def test_calls_are_read_as_langchain_reads_them(routes, parser):
    for given in parser_cases.MESSAGES:
        fails = check_invoke(parser, routes[parser.name], ROUTES[parser.name], given, of_wire(given))
        check_stream(parser, routes[parser.name], ROUTES[parser.name], given, of_wire(given), fails)


@pytest.mark.parametrize("parser", TOOLS, ids=lambda parser: parser.name)
def test_pieces_of_calls_are_read_as_langchain_reads_them(routes, parser):
    name = f"{parser.name}/pieces"
    for given in parser_cases.STREAMS:
        fails = attempt(lambda g=given: routes[name].invoke(g, {}))[1]
        check_stream(parser, routes[name], ROUTES[name], given, given, fails)


@pytest.mark.parametrize("parser", TOOLS, ids=lambda parser: parser.name)
def test_text_makes_no_calls(routes, parser):
    _, failure, _, error = invoke_both(routes[parser.name], ROUTES[parser.name], "text", "text")
    assert failure.code == "output_parsing_failure" and type(error).__name__ == "OutputParserException"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    """Routes without schemas of their own."""
    import servers
    folder = tmp_path_factory.mktemp("schemas")
    routes = {f"/{parser.name}": {"chain": {"chain": parser.ours}} for parser in PARSERS + TOOLS}
    (folder / "app.yaml").write_text(yaml.safe_dump({"routes": routes}), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder).start()
    with client() as http:
        yield lambda name, schema: http.get(f"{server.url}/{name}/{schema}_schema").json()
    server.stop_cleanly()


@pytest.mark.parametrize("parser", PARSERS + TOOLS, ids=lambda parser: parser.name)
def test_schemas_are_langchains(schemas, parser):
    theirs = parser.theirs()
    output = json.dumps(theirs.get_output_jsonschema()).replace("Color", "Enum")
    assert schemas(parser.name, "input")["title"] == theirs.get_input_jsonschema()["title"]
    assert schemas(parser.name, "output") == json.loads(output)


# ---- parsers that ask for a better answer ----

FIXES = [
    ('{"a": 1}', [], 1), ("x", ['{"a": 2}'], 1), ("x", ["y"], 1), ("x", ["y", '{"a": 3}'], 2), ("x", ["y"], 0),
    ("", ["[1]"], 3),
]


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """Routes with a fixing parser and both retry parsers for each of FIXES."""
    import servers
    folder = tmp_path_factory.mktemp("mended")
    routes = {}
    for i, (_, answers, retries) in enumerate(FIXES):
        llm = {"model": {"provider": "fake", "responses": answers or ["unused"]}}
        shared = {"parser": "json", "llm": llm, "max_retries": retries}
        routes[f"/fixing{i}"] = {"chain": {"parse": "fixing", **shared}}
        for name, with_error in (("retry", False), ("retry_error", True)):
            routes[f"/{name}{i}"] = {"chain": {"parse": "retry", "with_error": with_error, **shared}}
    for route in routes.values():
        route.update(input={}, output={}, errors="json")
    (folder / "app.yaml").write_text(yaml.safe_dump({"server": {"workers": 1}, "routes": routes}), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder).start()
    with client() as http:
        yield lambda name: Ours(http, f"{server.url}/{name}")
    server.stop_cleanly()


def outcome_of(call):
    value, error = attempt(call)
    return (value, None) if error is None else (None, "failed")


@pytest.mark.parametrize("index", range(len(FIXES)))
def test_answers_are_fixed_as_langchain_fixes_them(mended, index):
    text, answers, retries = FIXES[index]
    llm = FakeListChatModel(responses=answers or ["unused"])
    theirs = OutputFixingParser.from_llm(llm=llm, parser=JsonOutputParser(), max_retries=retries)
    wanted = outcome_of(lambda: theirs.invoke(text))
    assert outcome_of(lambda: mended(f"fixing{index}").invoke(text, {})) == wanted


@pytest.mark.parametrize("index", range(len(FIXES)))
@pytest.mark.parametrize("name, kind", [("retry", RetryOutputParser), ("retry_error", RetryWithErrorOutputParser)])
def test_answers_are_asked_for_again_as_langchain_does(mended, name, kind, index):
    text, answers, retries = FIXES[index]
    llm = FakeListChatModel(responses=answers or ["unused"])
    theirs = kind.from_llm(llm=llm, parser=JsonOutputParser(), max_retries=retries)
    wanted = outcome_of(lambda: theirs.parse_with_prompt(text, StringPromptValue(text="Say JSON.")))
    given = {"completion": text, "prompt_value": {"type": "StringPromptValue", "text": "Say JSON."}}
    assert outcome_of(lambda: mended(f"{name}{index}").invoke(given, {})) == wanted


CHAINS = """
chains:
  tells: {lambda: "json.encode(input)"}
  ask: {prompt: [[system, Be brief.], [human, "{q}"]]}
  asked: {parallel: {completion: {value: none}, prompt_value: ask}}
routes:
  /fixing: {chain: {parse: fixing, parser: json, retry_chain: tells}}
  /retry: {chain: [asked, {parse: retry, parser: json, retry_chain: tells}]}
  /retry_error: {chain: [asked, {parse: retry, parser: json, retry_chain: tells, with_error: true}]}
"""


def test_the_chain_is_given_what_langchain_gives_it(tmp_path):
    import servers
    (tmp_path / "app.yaml").write_text(CHAINS, encoding="utf-8")
    server = servers.langserved(tmp_path / "app.yaml", tmp_path).start()
    tells = RunnableLambda(json.dumps)
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{q}")]).invoke({"q": "Why?"})
    wanted = {"fixing": OutputFixingParser(parser=JsonOutputParser(), retry_chain=tells).invoke("none")}
    for name, kind in (("retry", RetryOutputParser), ("retry_error", RetryWithErrorOutputParser)):
        wanted[name] = kind(parser=JsonOutputParser(), retry_chain=tells).parse_with_prompt("none", prompt)
    with client() as http:
        for name, theirs in wanted.items():
            given = "none" if name == "fixing" else {"q": "Why?"}
            ours = http.post(f"{server.url}/{name}/invoke", json={"input": given}).json()["output"]
            assert ours.keys() == theirs.keys()
            assert all(ours[key] == theirs[key] for key in ("completion", "prompt") if key in theirs)
            assert all("nvalid json output: none" in told["error"] for told in (ours, theirs) if "error" in told)
    server.stop_cleanly()


MISTAKES = [
    ({"parse": "yaml"}, "unknown parser 'yaml'"),
    ({"parse": "enum"}, "parse: enum needs 'values'"),
    ({"parse": "enum", "values": []}, "values: expected at least one text"),
    ({"parse": "json", "format": "%Y"}, "'format' is no option of parse: json"),
    ({"parse": "json", "schema": {"type": "strin"}}, "'strin' is no type"),
    ({"parse": "datetime", "format": "%U"}, "the format's %U is not known here"),
    ({"parse": "boolean", "true_val": ""}, "the words for true and false are empty or too long"),
    ({"parse": "regex", "regex": "(", "output_keys": ["a"]}, "regex: missing closing parenthesis"),
    ({"parse": "regex", "regex": "a", "output_keys": ["a"]}, "1 keys for 0 groups"),
    ({"parse": "tools", "tools": {}}, "expected a mapping of the tools' names to JSON Schemas"),
    ({"parse": "tools", "tools": {"f": {"type": "strin"}}}, "'strin' is no type"),
    ({"parse": "tools", "tools": {"f": {}}, "key_name": "f"}, "`key_name` stands instead of `tools`"),
    ({"parse": "fixing", "llm": "str"}, "parse: fixing needs 'parser'"),
    ({"parse": "fixing", "parser": "json"}, "parse: fixing needs one of 'llm' and 'retry_chain'"),
    ({"parse": "retry", "parser": "json", "llm": "str", "retry_chain": "str"},
     "parse: retry needs one of 'llm' and 'retry_chain'"),
    ({"parse": "fixing", "parser": "passthrough", "llm": "str"}, "parser: expected an output parser"),
]


@pytest.mark.parametrize("expression, told", MISTAKES, ids=[told for _, told in MISTAKES])
def test_mistakes_are_told(tmp_path, expression, told):
    import servers
    (tmp_path / "app.yaml").write_text(yaml.safe_dump({"routes": {"/x": {"chain": expression}}}), encoding="utf-8")
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode != 0 and told in done.stdout + done.stderr
    assert "sanitizer" not in done.stderr.lower()
