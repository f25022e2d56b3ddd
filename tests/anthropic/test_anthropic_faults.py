"""Whatever goes wrong upstream ends a run with the right error, and the next one goes well."""

import pytest
from openai_rig import ASK, KEY
from stub_answers import DEFAULT_REPLY

RIGHT = None
BEFORE = "The"  # what a stream has given before the fault

# fault, its parameters, the error of a whole answer, (error, text before it) of a streamed one
FAULTS = [
    ("status", {"status": 400}, "upstream_refused", ("upstream_refused", "")),
    ("status", {"status": 401}, "upstream_auth", ("upstream_auth", "")),
    ("status", {"status": 403}, "upstream_auth", ("upstream_auth", "")),
    ("status", {"status": 404}, "upstream_refused", ("upstream_refused", "")),
    ("status", {"status": 429}, "rate_limited", ("rate_limited", "")),
    ("status", {"status": 500}, "upstream_error", ("upstream_error", "")),
    ("status", {"status": 504}, "upstream_timeout", ("upstream_timeout", "")),
    ("status", {"status": 529}, "upstream_error", ("upstream_error", "")),
    ("status", {"status": 503, "text": "no JSON"}, "upstream_error", ("upstream_error", "")),
    ("status", {"status": 400, "code": "context_length_exceeded"}, "context_length_exceeded",
     ("context_length_exceeded", "")),
    ("error_in_200", {"code": "overloaded_error"}, "upstream_error", ("upstream_error", "")),
    ("html_page", {}, "upstream_error", ("upstream_error", "")),
    ("redirect", {}, "upstream_error", ("upstream_error", "")),
    ("error_mid_stream", {"code": "overloaded_error", "after": 4}, "upstream_error",
     ("upstream_error", BEFORE)),
    ("error_mid_stream", {"code": "rate_limit_error", "after": 4}, "rate_limited",
     ("rate_limited", BEFORE)),
    ("garbage_json", {"after": 4}, "upstream_error", ("upstream_error", BEFORE)),
    ("invalid_utf8", {"after": 4}, "upstream_error", ("upstream_error", BEFORE)),
    ("no_done", {}, RIGHT, ("upstream_error", DEFAULT_REPLY)),
    ("split_utf8", {}, RIGHT, RIGHT),
    ("one_byte", {}, RIGHT, RIGHT),
    ("burst", {}, RIGHT, RIGHT),
    ("reset_before_headers", {}, "upstream_error", ("upstream_error", "")),
    ("close_before_headers", {}, "upstream_error", ("upstream_error", "")),
    ("reset_mid_stream", {"after": 4}, "upstream_error", ("upstream_error", BEFORE)),
    ("close_mid_stream", {"after": 4}, "upstream_error", ("upstream_error", BEFORE)),
    ("stall_mid_stream", {"after": 4}, "upstream_timeout", ("upstream_timeout", BEFORE)),
    ("stall_before_headers", {}, "upstream_timeout", ("upstream_timeout", "")),
    ("bad_chunk", {"after": 4}, "upstream_error", ("upstream_error", BEFORE)),
    ("garbage_http", {}, "upstream_error", ("upstream_error", "")),
    ("interim_responses", {}, RIGHT, RIGHT),
]


def named(row):
    return "-".join([row[0], *(f"{k}={str(v)[:20]}" for k, v in row[1].items())])


def route_of(fault):
    return "/hasty" if fault.startswith("stall") else "/plain"


def check(rig, error):
    assert rig.failure() == error, rig.log()


@pytest.mark.parametrize("fault, parameters, error, _", FAULTS, ids=map(named, FAULTS))
def test_whole(rig, fault, parameters, error, _):
    parameters = {k: v for k, v in parameters.items() if k != "after"}  # half of it
    rig.stub.script({"fault": fault, **parameters, "times": 8})
    status, output = rig.invoke(route_of(fault))
    if error is RIGHT:
        assert status == 200 and output["content"] == DEFAULT_REPLY, rig.log()
    else:
        assert status == 500
        check(rig, error)
    goes_on(rig)


@pytest.mark.parametrize("fault, parameters, _, streamed", FAULTS, ids=map(named, FAULTS))
def test_streamed(rig, fault, parameters, _, streamed):
    rig.stub.script({"fault": fault, **parameters, "times": 8})
    stream = rig.stream(route_of(fault))
    if streamed is RIGHT:
        assert stream.ended_well and stream.text == DEFAULT_REPLY, rig.log()
    else:
        assert stream.ended_with_error, stream.events
        check(rig, streamed[0])
        assert stream.text == streamed[1]
    goes_on(rig)


def goes_on(rig):
    rig.stub.script()
    assert rig.output("/plain")["content"] == DEFAULT_REPLY
    assert KEY not in rig.log()


@pytest.mark.parametrize("status", [429, 500, 529])
def test_retried(rig, status):
    rig.stub.script({"fault": "status", "status": status, "retry_after_ms": 1})
    assert rig.output("/twice")["content"] == DEFAULT_REPLY
    rig.stub.script({"fault": "status", "status": status, "retry_after_ms": 1})
    assert rig.stream("/twice").text == DEFAULT_REPLY
    assert [r["status"] for r in rig.stub.requests()] == [status, 200, status, 200]


def test_not_retried(rig):
    rig.stub.script({"fault": "status", "status": 400})
    assert rig.invoke("/twice")[0] == 500
    assert len(rig.stub.requests()) == 1


def test_told(rig):
    rig.stub.script({"fault": "status", "status": 529})
    assert rig.invoke("/tell/plain")[0] == 502
    rig.stub.script({"fault": "status", "status": 429})
    assert rig.invoke("/tell/plain")[0] == 429
    rig.stub.script({"fault": "status", "code": "context_length_exceeded"})
    assert rig.invoke("/tell/plain")[0] == 400


def test_a_client_that_leaves_ends_the_stream_upstream(rig):
    rig.stub.script({"pieces": ["x "] * 3000, "delay_ms": 20})
    with rig.open("/plain/stream", {"input": ASK}):
        rig.stub.wait_for(lambda records: records and records[0]["events_sent"] > 3)
    assert rig.stub.wait_for(lambda records: records[0]["hung_up"])
