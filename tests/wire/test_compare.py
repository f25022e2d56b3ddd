"""The comparison itself: it forgives what may differ, and nothing else."""

import json

import pytest
from compare import comparable, first_difference
from wire_http import Answer

ID = "0b5c4f0e-7d0a-4f6e-9a51-0000000000{:02d}"
JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}


def plain(value, status=200, headers=JSON):
    return Answer(status, dict(headers), json.dumps(value).encode())


def stream(text, headers=SSE):
    return Answer(200, dict(headers), text.encode())


def difference(a, b, **how):
    return first_difference(comparable(a, "h:1", **how), comparable(b, "h:2", **how))


def wrong(**fields):
    return {"detail": [{"type": "missing", "loc": ["input"], "msg": "why", "input": {}, **fields}]}


SAME = {
    "other ids": (plain([ID.format(1)]), plain([ID.format(2)]), {}),
    "other time": (plain("2026-01-02T03:04:05Z"), plain("2027-01-02T03:04:06.5+00:00"), {}),
    "own host": (plain("http://h:1/x"), plain("http://h:2/x"), {}),
    "other wording": (plain(wrong(), 422), plain(wrong(msg="because", url="u"), 422), {}),
    "keep-alive comments": (stream("event: end\r\n\r\n"),
                            stream(": ping\r\n\r\nevent: end\r\n\r\n"), {}),
    "escapes": (stream('event: data\r\ndata: "é"\r\n\r\n'),
                stream('event: data\r\ndata: "\\u00e9"\r\n\r\n'), {}),
    "racing order": (stream("event: data\r\ndata: 1\r\n\r\nevent: data\r\ndata: 2\r\n\r\n"),
                     stream("event: data\r\ndata: 2\r\n\r\nevent: data\r\ndata: 1\r\n\r\n"),
                     {"racing": True}),
    "schema's texts and order": (plain({"a": 1,
                                        "description": "x"}), plain({"a": 1}), {"schema": True}),
}
DIFFERENT = {
    "status": (plain(1), plain(1, 201), {}),
    "content type": (plain(1), plain(1, headers={"content-type": "text/plain"}), {}),
    "allow": (plain(1, 405), plain(1, 405, {**JSON, "allow": "POST"}), {}),
    "location": (Answer(307, {"location": "/a"}), Answer(307, {"location": "/b"}), {}),
    "interim": (plain(1), Answer(200, JSON, b"1", [100]), {}),
    "value": (plain({"a": 1}), plain({"a": 2}), {}),
    "number type": (plain(1), plain(1.0), {}),
    "true is not 1": (plain([True]), plain([1]), {}),
    "key order": (plain({"a": 1, "b": 2}), plain({"b": 2, "a": 1}), {}),
    "extra item": (plain([1]), plain([1, 2]), {}),
    "repetition of ids": (plain([ID.format(1)] * 2), plain([ID.format(1),
                                                            ID.format(2)]), {}),
    "the client's id": (plain(ID.format(1)), plain(ID.format(2)), {"sent": ID.format(1)}),
    "error type": (plain(wrong(), 422), plain(wrong(type="other"), 422), {}),
    "error place": (plain(wrong(), 422), plain(wrong(loc=[]), 422), {}),
    "silent error": (plain(wrong(), 422), plain(wrong(msg=""), 422), {}),
    "stream header": (stream(""), stream("", {**SSE, "x-accel-buffering": "yes"}), {}),
    "bare newlines": (stream("event: end\r\n\r\n"), stream("event: end\n\n"), {}),
    "id line": (stream("event: end\r\n\r\n"), stream("id: 1\r\nevent: end\r\n\r\n"), {}),
    "event name": (stream("event: end\r\n\r\n"), stream("event: data\r\n\r\n"), {}),
    "event order": (stream("event: data\r\ndata: 1\r\n\r\nevent: data\r\ndata: 2\r\n\r\n"),
                    stream("event: data\r\ndata: 2\r\n\r\nevent: data\r\ndata: 1\r\n\r\n"), {}),
    "schema's property called description": (plain({"description": {"type": "string"}}),
                                             plain({"description": {}}), {"schema": True}),
}


@pytest.mark.parametrize("name", SAME)
def test_forgives(name):
    a, b, how = SAME[name]
    assert difference(a, b, **how) is None


@pytest.mark.parametrize("name", DIFFERENT)
def test_notices(name):
    a, b, how = DIFFERENT[name]
    assert difference(a, b, **how)
