"""The recorded exchanges of the shared folder against langserved, compared by its replay.py."""

import importlib.util
import json
import os
import pathlib

import pytest
import servers

# Files whose routes the kinds of runnables cannot express yet; docs/compatibility.md says why.
LEFT_OUT = {
    "_rootapp", "allow_plain", "chat_generic", "graph", "graph_chat", "graph_typed",
}
SERVED = {"invoke", "batch", "stream", "stream_log", "stream_events", "input_schema",
          "output_schema", "config_schema", "playground"}
FEEDBACK = {"feedback", "token_feedback", "public_trace_link", "c_feedback"}
ENDPOINTS = SERVED | {f"c_{name}" for name in SERVED} | FEEDBACK | {"path", "get", "docs", "openapi"}
# Where we answer otherwise on purpose.
OTHERWISE = {
    "any__invoke__echo_float_overflow": "a number that is too large is refused",
    "any__invoke__echo_nan": "NaN is no JSON: refused",
    "any__stream__echo_nan": "NaN is no JSON: refused",
    "any__invoke__echo_root_key_more": "an output is never replaced by its member 'root'",
    "values__batch__mixed": "an output is never replaced by its member 'root'",
    "values__stream__uint64": "integers have 64 bits with a sign",
    "_openapi__get__openapi": "it has routes that are not served yet; tests/openapi compares the rest",
    "feedback_on__stream_events__tracing_ok": "the server's environment is not in the metadata",
    "plain__stream_events__tracing_ok": "the server's environment is not in the metadata",
    "translate__playground__asset_js": "the page has no files of that name",
    "translate__playground__traversal_encoded": "encoded slashes in paths are refused",
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
    return [case for case in cases_of(*files) if case["app"] != "tracing"]


def cases_of(*files):
    cases = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    return sorted((case for case in cases if case["name"].split("__")[1] in ENDPOINTS),
                  key=lambda case: case["order"])


def tracing_cases():
    files = [WIRE / "cases" / f"{name}.jsonl" for name in ("feedback_on", "token_fb", "plain")]
    return [case for case in cases_of(*files) if case["app"] == "tracing"]


def load(name):
    spec = importlib.util.spec_from_file_location(name, WIRE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if not WIRE.is_dir():
    pytest.skip(f"no recorded exchanges: {WIRE} is not there (set LANGSERVED_SHARED)",
                allow_module_level=True)
replay = load("replay")


def check(case, port):
    difference = difference_of(case, replay.exchange(port, case["request"]), port)
    assert difference is None, f"{case['name']}: {difference}"


def difference_of(case, answer, port):
    """What tells an answer from the recorded one, or None."""
    if case["name"] in SIDE_BY_SIDE:
        case = {**case, "racing": True}
    if "differ" in case or case["name"] in OTHERWISE:
        return None if answer["status"] and answer["status"] < 500 else f"status {answer['status']}"
    want = replay.comparable(case, case["response"], "<host>")
    got = replay.comparable(case, answer, f"127.0.0.1:{port}")
    return replay.first_difference(want, got)


@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case["name"])
def test_recorded(case, ours):
    if "skip" in case:
        pytest.skip(case["skip"])
    check(case, ours.port)


def test_recorded_at_the_root(serve):
    server = serve((servers.TESTS / "wire" / "root.yaml").read_text(encoding="utf-8"))
    for case in cases_of(WIRE / "cases" / "_rootapp.jsonl"):
        check(case, server.port)


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """langserved with tests/wire/tracing.yaml and a stand-in for LangSmith."""
    folder = tmp_path_factory.mktemp("tracing")
    langsmith, port = load("langsmith_stub").start()
    env = {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{port}",
           "LANGSMITH_API_KEY": "key"}
    server = servers.Server([servers.langserved_binary(), "serve",
                             servers.TESTS / "wire" / "tracing.yaml", "--host", "127.0.0.1",
                             "--port", "0", "--workers", "1"], folder, "/health", env).start()
    yield server
    server.stop_cleanly()
    langsmith.shutdown()
    langsmith.server_close()


@pytest.mark.parametrize("case", tracing_cases(), ids=lambda case: case["name"])
def test_recorded_with_tracing(case, traced):
    check(case, traced.port)
