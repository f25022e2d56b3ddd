"""Whatever the provider does: the right answer or a clear failure, and the server goes on."""

import pytest
import stub_faults
from stub_answers import DEFAULT_REPLY

RIGHT = None
BEFORE = "The stub"  # what the first three events hold
MEGABYTE = 1 << 20

# (fault, its parameters, whole, streamed): RIGHT, or the failure's code in the log and the text
# that came before it.
FAULTS = [
    ("tool_calls", {}, RIGHT, RIGHT),
    ("refusal", {}, RIGHT, RIGHT),
    ("reasoning_content", {}, RIGHT, RIGHT),
    ("slow", {"delay_ms": 10}, RIGHT, RIGHT),
    ("null_choices", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("empty_choices", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("azure_first_chunk_empty_choices", {}, RIGHT, RIGHT),
    ("no_done", {}, RIGHT, RIGHT),
    ("no_done", {"framing": "close"}, RIGHT, RIGHT),
    ("error_mid_stream", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("error_mid_stream", {"code": "rate_limit_exceeded"}, ("rate_limited", ""),
     ("rate_limited", BEFORE)),
    ("error_mid_stream", {"after": 0}, ("upstream_error", ""), ("upstream_error", "")),
    ("garbage_json", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("garbage_json", {"text": '"text"'}, ("upstream_error", ""), RIGHT),
    ("garbage_json", {"text": "null", "after": 0}, ("upstream_error", ""), RIGHT),
    ("garbage_json", {"text": "[" * 100000, "after": 0}, ("upstream_error", ""),
     ("upstream_error", "")),
    ("invalid_utf8", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("status", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("status", {"status": 429}, ("rate_limited", ""), ("rate_limited", "")),
    ("status", {"status": 401}, ("upstream_auth", ""), ("upstream_auth", "")),
    ("status", {"status": 404}, ("upstream_refused", ""), ("upstream_refused", "")),
    ("status", {"code": "context_length_exceeded"}, ("context_length_exceeded", ""),
     ("context_length_exceeded", "")),
    ("status", {"text": "no JSON", "status": 503}, ("upstream_error", ""), ("upstream_error", "")),
    ("status", {"text": "x" * MEGABYTE}, ("upstream_error", ""), ("upstream_error", "")),
    ("status", {"status": 400, "body": [1]}, ("upstream_refused", ""), ("upstream_refused", "")),
    ("status", {"status": 204, "text": ""}, ("upstream_error", ""), ("upstream_error", "")),
    ("error_in_200", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("redirect", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("html_page", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("split_utf8", {}, RIGHT, RIGHT),
    ("split_utf8", {"framing": "length"}, RIGHT, RIGHT),
    ("one_byte", {}, RIGHT, RIGHT),
    ("burst", {}, RIGHT, RIGHT),
    ("comments_crlf", {}, RIGHT, RIGHT),
    ("comments_crlf", {"eol": "\n", "ids": True}, RIGHT, RIGHT),
    ("comments_crlf", {"eol": "\r", "bom": True}, RIGHT, RIGHT),
    ("comments_crlf", {"pings": True}, RIGHT, RIGHT),
    ("comments_crlf,split_utf8", {"bom": True}, None, None),
    ("reset_before_headers", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("close_before_headers", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("reset_mid_stream", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("close_mid_stream", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("close_mid_stream", {"framing": "length"}, ("upstream_error", ""),
     ("upstream_error", BEFORE)),
    ("close_after_response", {}, RIGHT, RIGHT),
    ("stall_before_headers", {}, ("upstream_timeout", ""), ("upstream_timeout", "")),
    ("stall_before_headers", {"seconds": 0.1}, RIGHT, RIGHT),
    ("stall_mid_stream", {}, ("upstream_timeout", ""), ("upstream_timeout", BEFORE)),
    ("stall_mid_stream", {"seconds": 0.1}, RIGHT, RIGHT),
    ("endless_body", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("endless_events", {"limit_bytes": 100000}, ("upstream_error", ""), ("upstream_error", ...)),
    ("huge_header", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("huge_header", {"size": 2000, "count": 100}, ("upstream_error", ""), ("upstream_error", "")),
    ("huge_header", {"size": 20000}, RIGHT, RIGHT),
    ("wrong_content_type", {}, RIGHT, RIGHT),
    ("wrong_content_type", {"content_type": "text/html; charset=latin-1"}, RIGHT, RIGHT),
    ("bad_content_length", {}, ("upstream_error", ""), RIGHT),
    ("bad_content_length", {"delta": -10, "headers": {"Connection": "close"}},
     ("upstream_error", ""), RIGHT),
    ("bad_content_length", {"value": "many"}, ("upstream_error", ""), ("upstream_error", "")),
    ("bad_content_length", {"value": "-5"}, ("upstream_error", ""), ("upstream_error", "")),
    ("interim_responses", {}, RIGHT, RIGHT),
    ("bad_chunk", {}, ("upstream_error", ""), ("upstream_error", BEFORE)),
    ("garbage_http", {}, ("upstream_error", ""), ("upstream_error", "")),
    ("garbage_http", {"text": "HTTP/1.1 999999\r\n\r\n"}, ("upstream_error", ""),
     ("upstream_error", "")),
]
CONTENT = {"tool_calls": "", "refusal": ""}  # of right answers, where it is not the usual one
UNANSWERED = ("reset_before_headers", "close_before_headers")
SLOW = ("stall_before_headers", "stall_mid_stream")


def named(row):
    return "-".join([row[0], *(f"{k}={str(v)[:20]}" for k, v in row[1].items())])


def expect_right(rig, fault, step, got):
    wanted = CONTENT.get(fault, DEFAULT_REPLY)
    if fault == "garbage_json":  # one event of the text is lost
        wanted = wanted.replace(" says", "", 1) if "after" not in step else wanted
    assert got == wanted and not rig.logged("run_failed")


def arrange(rig, step):
    """When no answer comes at all on a kept connection libcurl sends the request once more, on
    another one, which may be a kept one too."""
    rig.stub.script({**step, "times": 8 if step["fault"] in UNANSWERED else 1})


@pytest.mark.parametrize("fault, parameters, whole, _", FAULTS, ids=map(named, FAULTS))
def test_whole(rig, fault, parameters, whole, _):
    step = {"fault": fault, **parameters}
    arrange(rig, step)
    status, output = rig.invoke("/hasty" if fault in SLOW else "/chat")
    if whole is RIGHT:
        assert status == 200, rig.log()
        expect_right(rig, fault, step, output["content"])
    else:
        assert (status, output) == (500, "Internal Server Error")
        assert rig.failure() == whole[0], rig.log()
    goes_on(rig)


@pytest.mark.parametrize("paths", ["chat", "text"])
@pytest.mark.parametrize("fault, parameters, _, streamed", FAULTS, ids=map(named, FAULTS))
def test_streamed(rig, fault, parameters, _, streamed, paths):
    step = {"fault": fault, **parameters}
    arrange(rig, step)
    hasty = fault in SLOW
    stream = rig.stream(("/hasty" if hasty else "/chat")) if paths == "chat" else \
        rig.stream("/text/hasty") if hasty else rig.stream("/text", {"text": "x"})
    assert stream.status == 200
    if streamed is RIGHT:
        assert stream.ended_well, rig.log()
        expect_right(rig, fault, step, stream.text)
    else:
        assert stream.ended_with_error, stream.events
        assert stream.error == {"status_code": 500, "message": "Internal Server Error"}
        assert rig.failure() == streamed[0], rig.log()
        assert streamed[1] is ... or stream.text == streamed[1]
    goes_on(rig)


def goes_on(rig):
    """The next request finds everything as it was; nothing was tried twice."""
    faults = [record["fault"] for record in rig.stub.requests()]
    assert len(faults) == 1 or set(faults[1:]) <= set(UNANSWERED)
    rig.stub.script()
    assert rig.output()["content"] == DEFAULT_REPLY


def test_the_table_is_whole():
    assert {name for row in FAULTS for name in row[0].split(",")} == set(stub_faults.names())


@pytest.mark.parametrize("fault, path, most", [
    ("endless_body", "/tell/plain", 80 * MEGABYTE),
    ("endless_events", "/tell/plain", 80 * MEGABYTE),
])
def test_whole_answers_are_bounded(rig, fault, path, most):
    rig.stub.script({"fault": fault})
    assert rig.invoke(path)[0] == 502
    assert rig.failure() == "upstream_error"
    record, = rig.stub.wait_for(lambda records: [r for r in records if r["ended_at"]])
    assert record["hung_up"] and record["bytes_sent"] < most


def test_events_are_bounded(rig):
    rig.stub.script({"fault": "endless_body"})
    stream = rig.stream("/tell/plain")
    assert stream.ended_with_error and stream.error["status_code"] == 502
    record, = rig.stub.wait_for(lambda records: [r for r in records if r["ended_at"]])
    assert record["hung_up"] and record["bytes_sent"] < 16 * MEGABYTE


def test_a_stream_without_end_is_cut_by_the_total(rig):
    rig.stub.script({"fault": "endless_events", "delay_ms": 1})
    stream = rig.stream("/hasty")
    assert stream.ended_with_error and len(stream.chunks) > 10
    assert rig.failure() == "upstream_timeout"


def test_bytes_beyond_the_length(rig):
    """libcurl finds them on the kept connection, where the next answer should be."""
    rig.stub.script({"fault": "bad_content_length", "delta": -10})
    assert rig.stream("/chat").ended_well
    assert rig.output("/twice")["content"] == DEFAULT_REPLY
