"""JSONTestSuite through a route: nothing but answers and refusals, quickly, and no crash."""

import json
import time

import pytest
from raw import app, is_up, one, post

SLOW = 10.0  # seconds, under sanitizers on a busy machine
REFUSED = {"y_object_escaped_null_in_key.json"}  # on purpose: a NUL in a key hides what follows


@pytest.fixture(scope="module")
def server(launch):
    server = launch(app())
    yield server
    assert is_up(server)


@pytest.fixture(scope="module")
def texts(corpora):
    found = {path.name: path.read_bytes() for path in sorted((corpora / "json").glob("*.json"))}
    assert len(found) > 300
    return found


def ask(server, path, body):
    """The status; fails for 5xx and for what takes long."""
    began = time.monotonic()
    answer = one(server.port, post(path, body))
    assert answer.status and 200 <= answer.status < 500, (answer.status, body[:80])
    assert time.monotonic() - began < SLOW
    json.loads(answer.body)
    return answer


def check_all(server, texts, path, frame):
    """`frame` makes the body of a text; gives the statuses by name."""
    found = {name: ask(server, path, frame(text)).status for name, text in texts.items()}
    assert is_up(server)
    return found


def test_as_body(server, texts):
    check_all(server, texts, "/same/invoke", bytes)


def test_as_input(server, texts):
    """Here the must-accepts are accepted, and the must-rejects are not."""
    found = check_all(server, texts, "/same/invoke", lambda text: b'{"input": %s}' % text)
    wrong = {name: status for name, status in found.items()
             if name[0] in "yn" and (status == 200) != (name[0] == "y" and name not in REFUSED)}
    assert not wrong, wrong


def test_as_item_of_a_batch(server, texts):
    check_all(server, texts, "/same/batch", lambda text: b'{"inputs": [1, %s]}' % text)


def test_as_stream(server, texts):
    """A stream is begun only for what can be read."""
    for text in texts.values():
        answer = one(server.port, post("/same/stream", b'{"input": %s}' % text))
        assert answer.status in (200, 422)


def test_as_config(server, texts):
    check_all(server, texts, "/same/invoke", lambda text: b'{"input": 1, "config": %s}' % text)


@pytest.mark.parametrize("depth", [100, 1000, 100_000, 1_000_000])
def test_depth(server, depth):
    """Nesting costs neither the stack nor much time; the limit is a refusal."""
    for opening, closing in (b"[", b"]"), (b'{"a":', b"}"):
        answer = ask(server, "/same/invoke",
                     b'{"input": ' + opening * depth + b"1" + closing * depth + b"}")
        assert answer.status in (200, 422)
        assert answer.status == 200 or depth > 100


@pytest.mark.parametrize("body", [
    pytest.param(b'{"input": "' + b"x" * 5_000_000 + b'"}', id="a long text"),
    pytest.param(b'{"input": [' + b"1," * 1_000_000 + b"1]}", id="a million numbers"),
    pytest.param(b'{"input": 1' + b"0" * 100_000 + b"}", id="a long number"),
    pytest.param(b'{"input": {' + b",".join(b'"k%d": 1' % i for i in range(100_000)) + b"}}",
                 id="many keys"),
    pytest.param(b'{"input": {' + b",".join(b'"a": 1' for i in range(100_000)) + b"}}",
                 id="one key many times"),
    pytest.param(b'{"input": 1}' + b" " * 1_000_000, id="blanks behind"),
    pytest.param(b'{"input": "' + b"\\ud83d\\ude00" * 200_000 + b'"}', id="many escapes"),
])
def test_size(server, body):
    began = time.monotonic()
    answer = one(server.port, post("/same/invoke", body))
    assert answer.status in (200, 422)
    assert time.monotonic() - began < SLOW


@pytest.mark.parametrize("text, value", [
    (b'{"a": 1, "a": 2}', {"a": 2}),
    (b'{"a": {"b": 1}, "a": {}}', {"a": {}}),
    (b'"\\u0000"', "\0"),
    (b'{"k\\u0000": 1}', None),
    (b"-0", 0), (b"1e400", None), (b"9007199254740993", 9007199254740993),
])
def test_corners(server, text, value):
    """The last of two keys counts; what cannot be kept is refused, not changed."""
    answer = ask(server, "/same/invoke", b'{"input": %s}' % text)
    assert answer.status == (422 if value is None else 200)
    if value is not None:
        assert json.loads(answer.body)["output"] == value
