"""The recorded exchanges of the shared folder against langserved, compared by its replay.py."""

import importlib.util
import json
import os
import pathlib

import pytest
import servers

# Files whose routes the kinds of runnables cannot express yet; docs/compatibility.md says why.
LEFT_OUT = {
    "_rootapp", "allow_plain", "chat_generic", "events",
    "events_chain", "events_err", "events_llm", "events_retriever", "events_tool",
    "events_tool_int", "feedback_on", "graph", "graph_chat", "graph_typed", "retriever",
    "token_fb", "tool"
}
SERVED = {
    "invoke", "batch", "stream", "stream_log", "stream_events", "input_schema", "output_schema",
    "config_schema"
}
ENDPOINTS = SERVED | {f"c_{name}" for name in SERVED} | {
    "c_feedback", "path", "get", "docs", "openapi"}
# Where we answer otherwise on purpose.
OTHERWISE = {
    "any__invoke__echo_float_overflow": "a number that is too large is refused",
    "any__invoke__echo_nan": "NaN is no JSON: refused",
    "any__stream__echo_nan": "NaN is no JSON: refused",
    "any__invoke__echo_root_key_more": "an output is never replaced by its member 'root'",
    "values__batch__mixed": "an output is never replaced by its member 'root'",
    "values__stream__uint64": "integers have 64 bits with a sign",
    "llm__stream_log__ok": "there are no text-completion models yet: the route is a generator",
    "_openapi__get__openapi": "it has routes that are not served yet; tests/openapi compares the rest",
    "_rootapp__openapi__get": "there is no /token_feedback yet",
    "plain__stream_events__tracing_ok": "the server's environment is not in the metadata",
}
# Steps that run side by side: the order among their events is not the original's.
SIDE_BY_SIDE = {
    f"{route}__{endpoint}__{variant}"
    for route, variants in {"pick": ["ok"], "pick_many": ["ok"], "history": ["first", "second"]}.items()
    for endpoint in ("stream_log", "stream_events") for variant in variants
}
WIRE = pathlib.Path(os.environ.get("LANGSERVED_SHARED") or servers.REPO.parent / "shared") / "wire"


def recorded_cases():
    """In the order they were recorded in."""
    files = [f for f in (WIRE / "cases").glob("*.jsonl") if f.stem not in LEFT_OUT]
    return cases_of(*files)


def cases_of(*files):
    cases = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    return sorted((case for case in cases if case["name"].split("__")[1] in ENDPOINTS),
                  key=lambda case: case["order"])


def load_replay():
    spec = importlib.util.spec_from_file_location("replay", WIRE / "replay.py")
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    return replay


if not WIRE.is_dir():
    pytest.skip(f"no recorded exchanges: {WIRE} is not there (set LANGSERVED_SHARED)",
                allow_module_level=True)
replay = load_replay()


def check(case, port):
    if case["name"] in SIDE_BY_SIDE:
        case = {**case, "racing": True}
    answer = replay.exchange(port, case["request"])
    if "differ" in case or case["name"] in OTHERWISE:
        assert answer["status"] and answer["status"] < 500, case["name"]
        return
    want = replay.comparable(case, case["response"], "<host>")
    got = replay.comparable(case, answer, f"127.0.0.1:{port}")
    difference = replay.first_difference(want, got)
    assert difference is None, f"{case['name']}: {difference}"


@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case["name"])
def test_recorded(case, ours):
    if "skip" in case:
        pytest.skip(case["skip"])
    check(case, ours.port)


def test_recorded_at_the_root(serve):
    server = serve((servers.TESTS / "wire" / "root.yaml").read_text(encoding="utf-8"))
    for case in cases_of(WIRE / "cases" / "_rootapp.jsonl"):
        check(case, server.port)
