"""The patches of /stream_log, applied by libraries that know nothing of LangServe."""

import json
import os
import pathlib
import subprocess

import httpx
import jsonpatch
import pytest
import servers

FOLDER = pathlib.Path(__file__).resolve().parent
JOB = {"language": "French", "text": "Hello"}
CORPUS = "spec_tests.json", "tests.json"
# Names that a JSON pointer escapes, and names that look like something else in one.

def quoted(text):
    """As YAML takes it: no surrogates, and no raw line ends."""
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028")


ODD_NAMES = ["a/b", "~", "~1", "~0/~01", "/", "//", "-", "0", "\"quoted\" 'name'", "back\\slash", "😀 é",
             "%2F", " ", "\u2028", "__proto__x", "名/字"]
STEPS = "".join(f"    - {{chain: passthrough, name: {quoted(name)}}}\n" for name in ODD_NAMES)
ODD_APP = f"""
models: {{say: {{provider: fake, responses: ["well / ~ said"]}}}}
chains:
  odd:
{STEPS}{STEPS}
  fails: [passthrough, {{lambda: 'error("secret")', name: "a/~"}}]
routes:
  /odd: odd
  /odd~path/é: [odd, {{chain: {{model: say}}, name: "mo/del~"}}, str]
  /branches: {{chain: {{parallel: {{"a/b": odd, "c~d": [say, str]}}}}}}
  /fails: fails
"""


@pytest.fixture
def odd(serve):
    return serve(ODD_APP)


def operations_of(server, path, value, **filters):
    answer = httpx.post(f"{server.url}{path}/stream_log", json={"input": value, **filters}, timeout=30)
    assert answer.status_code == 200
    blocks = [block.split("\r\ndata: ") for block in answer.text.split("\r\n\r\n")]
    return [op for name, *data in blocks if name == "event: data" for op in json.loads(data[0])["ops"]]


def output_of(server, path, value):
    answer = httpx.post(f"{server.url}{path}/invoke", json={"input": value}, timeout=30)
    return answer.raise_for_status().json()["output"]


def states_of(operations):
    """What three libraries make of each list of operations, which must be one and the same."""
    done = subprocess.run([os.environ.get("NODE", "node"), "apply_patches.mjs"], cwd=FOLDER,
                          input=json.dumps(operations), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    states = []
    for ops, others in zip(operations, json.loads(done.stdout), strict=True):
        state = jsonpatch.apply_patch(None, ops)
        assert [state, state] == others
        states.append(state)
    return states


def without_ids(value):
    """Of messages: /invoke and /stream_log are two runs, and one of them makes chunks."""
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict) and "content" in value:
        return value["content"]
    return value


@pytest.mark.parametrize("filters", [{}, {"include_types": ["llm"]}, {"include_names": []}],
                         ids=["all", "models", "none"])
def test_states_are_what_invoke_gives(ours, filters):
    asked = [("/translate", JOB), ("/assign", JOB), ("/parallel_stream", JOB), ("/pick_many", JOB),
             ("/json", {"n": "1"}), ("/chat", "Hi"), ("/fallback", "x"), ("/gen_dict", "x"),
             ("/docs_out", "x"), ("/lambda", 1), ("/any", {"a/b": {"~": [None, "é 😀 \u2028"]}}), ("/any", None)]
    states = states_of([operations_of(ours, path, value, **filters) for path, value in asked])
    for (path, value), state in zip(asked, states):
        assert without_ids(state["final_output"]) == without_ids(output_of(ours, path, value)), path
        assert state["name"] == path


def test_odd_names(odd):
    """Each step of the chain comes twice: the second time its name has a number behind it."""
    value = {"a/b": 1, "~": {"/": "~1"}}
    asked = [("/odd", value), ("/odd~path/é", "x"), ("/branches", "x")]
    states = states_of([operations_of(odd, path, given) for path, given in asked])
    for (path, given), state in zip(asked, states):
        assert (state["name"], state["final_output"]) == (path, output_of(odd, path, given))
    logs = states[0]["logs"]
    assert list(logs) == ODD_NAMES + [name + ":2" for name in ODD_NAMES]
    assert all(log["end_time"] and log["final_output"] == value for log in logs.values())
    assert "".join(states[1]["logs"]["mo/del~"]["streamed_output_str"]) == "well / ~ said"
    assert states[2]["final_output"] == {"a/b": "x", "c~d": "well / ~ said"}


def test_what_failed_leaves_a_good_document(odd):
    [state] = states_of([operations_of(odd, "/fails", "x")])
    assert state["final_output"] is None and "a/~" in state["logs"]


def test_operations_are_few_and_plain(ours):
    """So that any reader takes them: `add` and `replace`, with the members they need."""
    for path, value in (("/translate", JOB), ("/assign", JOB), ("/chat", "Hi")):
        first, *rest = operations_of(ours, path, value)
        assert (first["op"], first["path"]) == ("replace", "")
        for op in rest:
            assert list(op) == ["op", "path", "value"] and op["op"] in ("add", "replace")
            assert op["path"].startswith("/") and "~" not in op["path"]


def corpus_cases(shared):
    for name in CORPUS:
        text = (shared / "corpora" / "json-patch" / name).read_text(encoding="utf-8")
        yield from (case for case in json.loads(text) if "patch" in case and not case.get("disabled"))


def test_the_judges_are_fair(shared):
    """The library that judges our patches gets the corpus of patches right, for what we send."""
    told = 0
    for case in corpus_cases(shared):
        if {op.get("op") for op in case["patch"]} - {"add", "replace"} or "expected" not in case:
            continue
        assert jsonpatch.apply_patch(case["doc"], case["patch"]) == case["expected"], case
        told += 1
    assert told > 30
