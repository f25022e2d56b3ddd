"""The same requests, live, to the real LangServe and to langserved: the answers must agree."""

import json

import pytest
from compare import comparable, first_difference
from live_bodies import body_cases
from live_case import FAULT_500, TRANSLATE, text
from live_http import http_cases
from wire_http import Connection, Request, exchange


def compared(case, answer, server):
    sent = case.request.body.decode("utf-8", "replace")
    return comparable(answer, f"127.0.0.1:{server.port}", sent, case.racing, case.schema)


def check_declared_difference(case, theirs, answer):
    """Where the original is wrong we answer with a declared status, and refuse in JSON."""
    if case.differ == FAULT_500:
        assert theirs.status == 500, f"the original is no longer at fault: {theirs.text[:200]}"
    assert answer.status in case.ours, f"want {case.ours}, got {answer.status} {answer.text[:200]}"
    if answer.status >= 400 and case.request.method != "HEAD":
        assert json.loads(answer.body)["detail"], answer.text[:200]


CASES = [*body_cases(), *http_cases()]
assert len({case.name for case in CASES}) == len(CASES), "two cases of one name"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_same_answer(case, original, ours):
    theirs, answer = exchange(original.port, case.request), exchange(ours.port, case.request)
    if case.differ:
        check_declared_difference(case, theirs, answer)
        return
    difference = first_difference(compared(case, theirs, original), compared(case, answer, ours))
    shown = f"\ntheirs: {theirs.text[:400]!r}\nours:   {answer.text[:400]!r}"
    assert difference is None, difference + shown


INVOKE = Request("POST", "/translate/invoke", text({"input": TRANSLATE}))
WRONG = Request("POST", "/translate/invoke", b"{")
STREAM = Request("POST", "/translate/stream", text({"input": TRANSLATE}))
SCHEMA = Request("GET", "/translate/input_schema")
MISSING = Request("GET", "/nothing")
ROW = (INVOKE, SCHEMA, WRONG, STREAM, MISSING, INVOKE)
ROW_STATUSES = [200, 200, 422, 200, 404, 200]


def test_one_connection_serves_many_requests(server):
    with Connection(server.port) as connection:
        assert [connection.ask(request).status for request in ROW] == ROW_STATUSES


def test_pipelined_requests_are_answered_in_order(server):
    with Connection(server.port) as connection:
        connection.socket.sendall(b"".join(r.head(connection.host) + r.payload() for r in ROW))
        assert [connection.read().status for _ in ROW] == ROW_STATUSES


def test_a_request_may_arrive_byte_by_byte(server):
    with Connection(server.port) as connection:
        for byte in INVOKE.head(connection.host) + INVOKE.payload():
            connection.socket.sendall(bytes([byte]))
        assert connection.read().status == 200


@pytest.mark.parametrize("close", [
    Request("POST", "/translate/invoke", INVOKE.body, (("connection", "close"), )),
    Request("POST", "/translate/invoke", INVOKE.body, http="HTTP/1.0"),
], ids=["asked", "http10"])
def test_connection_closes_when_the_client_wants_it(close, server):
    with Connection(server.port) as connection:
        answer = connection.ask(close)
        assert (answer.status, answer.headers.get("connection")) == (200, "close")
        assert connection.is_closed()


def test_stream_ends_with_the_final_chunk(server):
    answer = exchange(server.port, STREAM)
    assert answer.framing == "chunked"
    assert answer.text.endswith("event: end\r\n\r\n")


def test_stream_begins_with_its_run_id(server):
    assert exchange(server.port, STREAM).text.startswith('event: metadata\r\ndata: {"run_id": "')
