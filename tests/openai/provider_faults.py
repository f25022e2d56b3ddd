"""What the faults of any provider of messages must come to: the rows that all share, and what is
looked at.  A row is a fault, its parameters, the error of a whole answer (None: it is right), and
(error, text before it) of a streamed one."""

from openai_rig import ASK, KEY
from stub_answers import DEFAULT_REPLY

RIGHT = None
BEFORE = "The"  # what a stream has given before the fault
ERROR, LATE = "upstream_error", "upstream_timeout"


def row(fault, error, before="", **parameters):
    """A fault that ends whole and streamed answers with one error."""
    return fault, parameters, error, (error, before)


def rows(after):
    """The faults of every provider; streams break behind `after` events."""
    return [
        row("status", "upstream_refused", status=400),
        row("status", "upstream_auth", status=401),
        row("status", "upstream_refused", status=404),
        row("status", "rate_limited", status=429),
        row("status", ERROR, status=500),
        row("status", ERROR, status=503, text="no JSON"),
        row("status", "context_length_exceeded", status=400, code="context_length_exceeded"),
        row("html_page", ERROR),
        row("redirect", ERROR),
        row("garbage_json", ERROR, BEFORE, after=after),
        row("invalid_utf8", ERROR, BEFORE, after=after),
        ("no_done", {}, RIGHT, (ERROR, DEFAULT_REPLY)),
        ("split_utf8", {}, RIGHT, RIGHT),
        ("one_byte", {}, RIGHT, RIGHT),
        ("burst", {}, RIGHT, RIGHT),
        row("reset_before_headers", ERROR),
        row("close_before_headers", ERROR),
        row("reset_mid_stream", ERROR, BEFORE, after=after),
        row("close_mid_stream", ERROR, BEFORE, after=after),
        row("stall_mid_stream", LATE, BEFORE, after=after),
        row("stall_before_headers", LATE),
        row("bad_chunk", ERROR, BEFORE, after=after),
        row("garbage_http", ERROR),
        ("interim_responses", {}, RIGHT, RIGHT),
    ]


def named(fault):
    return "-".join([fault[0], *(f"{k}={str(v)[:20]}" for k, v in fault[1].items())])


def route_of(fault):
    return "/hasty" if fault.startswith("stall") else "/plain"


def check_whole(rig, fault, parameters, error, _):
    parameters = {k: v for k, v in parameters.items() if k != "after"}  # half of it
    rig.stub.script({"fault": fault, **parameters, "times": 8})
    status, output = rig.invoke(route_of(fault))
    if error is RIGHT:
        assert status == 200 and output["content"] == DEFAULT_REPLY, rig.log()
    else:
        assert status == 500
        assert rig.failure() == error, rig.log()
    goes_on(rig)


def check_streamed(rig, fault, parameters, _, streamed):
    rig.stub.script({"fault": fault, **parameters, "times": 8})
    stream = rig.stream(route_of(fault))
    if streamed is RIGHT:
        assert stream.ended_well and stream.text == DEFAULT_REPLY, rig.log()
    else:
        assert stream.ended_with_error, stream.events
        assert rig.failure() == streamed[0], rig.log()
        assert stream.text == streamed[1]
    goes_on(rig)


def goes_on(rig):
    rig.stub.script()
    assert rig.output("/plain")["content"] == DEFAULT_REPLY
    assert KEY not in rig.log()


def check_retried(rig, status):
    rig.stub.script({"fault": "status", "status": status, "retry_after_ms": 1})
    assert rig.output("/twice")["content"] == DEFAULT_REPLY
    rig.stub.script({"fault": "status", "status": status, "retry_after_ms": 1})
    assert rig.stream("/twice").text == DEFAULT_REPLY
    assert [r["status"] for r in rig.stub.requests()] == [status, 200, status, 200]


def check_not_retried(rig):
    rig.stub.script({"fault": "status", "status": 400})
    assert rig.invoke("/twice")[0] == 500
    assert len(rig.stub.requests()) == 1


def check_told(rig, overloaded):
    """A client is told what it is, where the route says so; `overloaded` is the provider's status."""
    rig.stub.script({"fault": "status", "status": overloaded})
    assert rig.invoke("/tell/plain")[0] == 502
    rig.stub.script({"fault": "status", "status": 429})
    assert rig.invoke("/tell/plain")[0] == 429
    rig.stub.script({"fault": "status", "code": "context_length_exceeded"})
    assert rig.invoke("/tell/plain")[0] == 400


def check_leaving(rig):
    rig.stub.script({"pieces": ["x "] * 3000, "delay_ms": 20})
    with rig.open("/plain/stream", {"input": ASK}):
        rig.stub.wait_for(lambda records: records and records[0]["events_sent"] > 3)
    assert rig.stub.wait_for(lambda records: records[0]["hung_up"])
