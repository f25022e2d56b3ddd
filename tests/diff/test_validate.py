"""The strict validator (src/schema/validate.h) judged by the JSON Schema Test Suite.

LANGSERVED_TOOLS     the folder with validate_tool (default: build/tests/diff beside the tests)
LANGSERVED_CORPORA   the folder that holds json-schema/ (default: ../shared/corpora)
"""

import json
import os
import pathlib

import pytest

from line_tool import LineTool
from optional_cases import NOT_OURS

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("LANGSERVED_TOOLS", ROOT / "build" / "tests" / "diff")) \
    / "validate_tool"
SUITE = pathlib.Path(os.environ.get("LANGSERVED_CORPORA", ROOT.parent / "shared" / "corpora")) \
    / "json-schema"
needs_suite = pytest.mark.skipif(not SUITE.is_dir(), reason=f"the suite is not at {SUITE}")
REQUIRED = sorted(SUITE.glob("tests/*.json"))
OPTIONAL = sorted(SUITE.glob("tests/optional/**/*.json"))
REQUIRED_COUNT = 1299


@pytest.fixture
def tool():
    started = LineTool(TOOL)
    yield started
    started.close()


@pytest.fixture(scope="module")
def documents():
    return {f"http://localhost:1234/{path.relative_to(SUITE / 'remotes')}":
            json.loads(path.read_text()) for path in SUITE.glob("remotes/**/*.json")}


def failures(tool, path, documents):
    """The cases of a file that come out otherwise than they should, and how many there are."""
    name, wrong, count = path.relative_to(SUITE / "tests").with_suffix(""), [], 0
    for group in json.loads(path.read_text()):
        values = [test["data"] for test in group["tests"]]
        answer = tool.ask(schema=group["schema"], values=values, documents=documents,
                          formats="format" in path.parts)
        count += len(values)
        given = answer.get("valid", [answer.get("refused")] * len(values))
        for test, valid in zip(group["tests"], given):
            if valid != test["valid"]:
                wrong.append((f"{name}: {group['description']}: {test['description']}", valid))
    return wrong, count


@needs_suite
def test_all_that_is_required_passes(tool, documents):
    results = [failures(tool, path, documents) for path in REQUIRED]
    wrong = [failure for failed, _ in results for failure in failed]
    assert not wrong, "\n".join(f"{where} → {got}" for where, got in wrong)
    assert sum(count for _, count in results) == REQUIRED_COUNT


@needs_suite
@pytest.mark.parametrize("path", OPTIONAL, ids=lambda path: path.stem)
def test_what_is_optional_passes_or_is_listed(tool, documents, path):
    wrong = {where.removeprefix("optional/") for where, _ in failures(tool, path, documents)[0]}
    file = str(path.relative_to(SUITE / "tests" / "optional").with_suffix(""))
    listed = {case for cases in NOT_OURS.values() for case in cases if case.startswith(f"{file}:")}
    assert not (wrong - listed), "not listed: " + "; ".join(sorted(wrong - listed))
    assert not (listed - wrong), "listed in vain: " + "; ".join(sorted(listed - wrong))


def test_errors_name_the_places(tool):
    schema = {"$id": "https://example.com/s", "properties": {"a/b": {"items": {"$ref": "#/$defs/n"}}},
              "$defs": {"n": {"type": "integer", "minimum": 3}}, "required": ["c"]}
    answer = tool.ask(schema=schema, values=[{"a/b": [5, "x", 1]}])
    assert answer["valid"] == [False]
    assert answer["errors"][0] == [
        {"instanceLocation": "", "schemaLocation": "https://example.com/s#/required",
         "error": "has no member 'c'"},
        {"instanceLocation": "/a~1b/1", "schemaLocation": "https://example.com/s#/$defs/n/type",
         "error": "is not of type integer"},
        {"instanceLocation": "/a~1b/2", "schemaLocation": "https://example.com/s#/$defs/n/minimum",
         "error": "is less than 3"}]


@pytest.mark.parametrize("schema, why", [
    ({"type": "text"}, "#: type is not a type or a list of types"),
    ({"properties": {"a": {"minLength": -1}}}, "#/properties/a: minLength is not a whole number"),
    ({"items": 5}, "#/items: this is no schema"),
    ({"$ref": "https://nowhere.example/x"}, "refers to nothing"),
    ({"$ref": "#/$defs/missing"}, "#: '#/$defs/missing' refers to nothing"),
    ({"pattern": "("}, "#: pattern: missing closing parenthesis"),
])
def test_what_is_no_schema_is_refused(tool, schema, why):
    assert why in tool.ask(schema=schema, values=[1])["refused"]


def hostile_cases():
    ring = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
    double = {"$defs": {"x": {"anyOf": [{"items": {"$ref": "#/$defs/x"}, "not": {}}] * 4}},
              "$ref": "#/$defs/x"}
    nested = []
    for _ in range(200):
        nested = [nested]
    yield "references that never end", ring, 1
    yield "branches that multiply", double, nested
    yield "an evil pattern", {"pattern": "(a+)+$"}, "a" * 100_000 + "!"
    yield "many evil patterns", {"items": {"pattern": "(a|aa)+$"}}, ["a" * 26 + "!"] * 20_000


@pytest.mark.parametrize("schema, value", [case[1:] for case in hostile_cases()],
                         ids=[case[0] for case in hostile_cases()])
def test_hostile_values_are_given_up(tool, schema, value):
    answer = tool.ask(schema=schema, values=[value])
    assert answer["valid"] == [None] and "too" in answer["errors"][0][-1]["error"]


def test_big_values_are_no_fault(tool):
    many = list(range(200_000))
    answer = tool.ask(schema={"uniqueItems": True, "items": {"type": "integer"}},
                      values=[many, many + [7.0], [[i] for i in range(50_000)]])
    assert answer["valid"] == [True, False, False]
