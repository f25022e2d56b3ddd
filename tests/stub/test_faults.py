"""Every fault does on the wire what it promises, and the records tell what happened."""

import json
import socket
import time

import openai
import pytest
import stub_faults
from stub_answers import DEFAULT_REPLY
from stub_probe import ASK, content_of, create, model, read_until_closed, text_of


# ---- slicing ----

def test_split_utf8_cuts_characters_and_stays_readable(raw, client):
    pieces = raw.pieces(model=model("split_utf8"), stream=True)
    cut = [p for p in pieces if p[-1] >= 0xC3]
    assert cut, "no packet ends inside a character"
    with pytest.raises(UnicodeDecodeError):
        cut[0].decode()
    assert text_of(create(client, model=model("split_utf8"), stream=True)) == DEFAULT_REPLY
    whole = create(client, model=model("split_utf8"))
    assert whole.choices[0].message.content == DEFAULT_REPLY


def test_one_byte_sends_single_bytes(raw, client):
    pieces = raw.pieces(model=model("one_byte", reply="ok"), stream=True)
    assert sum(len(p) == 1 for p in pieces) > len(pieces) / 2 > 50
    name = model("one_byte")
    assert text_of(create(client, model=name, stream=True)) == DEFAULT_REPLY
    assert create(client, model=name).choices[0].message.content == DEFAULT_REPLY


def test_faults_of_different_layers_combine(client):
    chunks = list(create(client, model=model("tool_calls,split_utf8"), stream=True))
    parts = [p.function.arguments for c in chunks for p in c.choices[0].delta.tool_calls or []
             if p.index == 0]
    assert json.loads("".join(parts))["city"] == "東京"


@pytest.mark.parametrize("eol", ["\r\n", "\n", "\r"])
def test_odd_events_mean_the_same(stub, raw, client, eol):
    step = {"fault": "comments_crlf", "eol": eol, "framing": "length"}
    stub.script(step, step)
    body = raw.ask({**ASK, "stream": True})[2].decode()
    assert f"{eol}: keep-alive{eol}" in eol + body and f"{eol}data:[DONE]{eol}" in body
    first = next(e for e in body.split(eol + eol) if e.count("data:") == 2)
    lines = [line[5:] for line in first.split(eol) if line.startswith("data:")]
    assert json.loads("\n".join(lines))["object"] == "chat.completion.chunk"
    assert text_of(create(client, stream=True)) == DEFAULT_REPLY


def test_odd_events_can_carry_ids_and_a_byte_order_mark(raw):
    name = model("comments_crlf", ids="true", bom="true")
    body = raw.ask({**ASK, "model": name, "stream": True})[2]
    assert body.startswith(b"\xef\xbb\xbf: keep-alive\r\n") and b"\r\nid: 1\r\n" in body


def test_burst_is_one_write(raw):
    pieces = raw.pieces(model=model("burst"), stream=True)
    assert any(p.count(b"data: ") > 20 for p in pieces)


@pytest.mark.parametrize("framing", ["chunked", "close", "length"])
@pytest.mark.parametrize("stream", [False, True])
def test_framings_carry_the_same(stub, client, framing, stream):
    stub.script({"framing": framing})
    answer = create(client, stream=stream)
    text = text_of(answer) if stream else answer.choices[0].message.content
    assert text == DEFAULT_REPLY


def test_http_1_0_gets_no_chunks(stub):
    body = json.dumps({**ASK, "stream": True}).encode()
    with socket.create_connection((stub.host, stub.port), timeout=20) as link:
        link.sendall(b"POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer sk-test\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
        got, was_reset = read_until_closed(link)
    assert not was_reset and b"chunked" not in got and got.endswith(b"data: [DONE]\n\n")


# ---- ends in the wrong place ----

@pytest.mark.parametrize("fault, is_reset", [("reset_before_headers", True),
                                             ("close_before_headers", False)])
def test_no_answer_at_all(raw, client, fault, is_reset):
    with raw.connect(model=model(fault)) as link:
        assert read_until_closed(link) == (b"", is_reset)
    with pytest.raises(openai.APIConnectionError):
        create(client, model=model(fault))


@pytest.mark.parametrize("fault, is_reset", [("reset_mid_stream", True),
                                             ("close_mid_stream", False)])
def test_streams_end_after_so_many_events(raw, client, fault, is_reset):
    with raw.connect(model=model(fault, after=4), stream=True) as link:
        got, was_reset = read_until_closed(link)
    assert got.count(b"data: ") == 4 and was_reset == is_reset
    assert b"[DONE]" not in got and not got.endswith(b"0\r\n\r\n")
    with pytest.raises(Exception) as caught:
        list(create(client, model=model(fault), stream=True))
    assert "Error" in type(caught.value).__name__


@pytest.mark.parametrize("fault", ["reset_mid_stream", "close_mid_stream"])
def test_whole_bodies_end_in_the_middle(raw, client, fault):
    with raw.connect(model=model(fault)) as link:
        got, _ = read_until_closed(link)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < length
    with pytest.raises(openai.APIConnectionError):
        create(client, model=model(fault))


def test_reset_before_headers_then_success(stub):
    stub.script({"fault": "reset_before_headers"})
    with openai.OpenAI(base_url=stub.base_url, api_key="sk-test", max_retries=1) as retrying:
        assert create(retrying).choices[0].message.content == DEFAULT_REPLY
    assert [r["fault"] for r in stub.requests()] == ["reset_before_headers", None]


def test_close_after_response_was_not_announced(raw):
    with raw.connect(model=model("close_after_response")) as link:
        got, was_reset = read_until_closed(link)
    assert not was_reset and got.rstrip().endswith(b"}")
    assert b"connection: close" not in got.lower()


def test_missing_done_is_all_that_is_missing(raw):
    events = raw.stream(model=model("no_done"))
    assert "[DONE]" not in events and content_of(events) == DEFAULT_REPLY
    assert json.loads(events[-1])["choices"][0]["finish_reason"] == "stop"


# ---- waits ----

def test_stalls_last_as_long_as_they_should(client):
    started = time.monotonic()
    name = model("stall_before_headers", seconds=0.3)
    assert create(client, model=name).choices[0].message.content == DEFAULT_REPLY
    name = model("stall_mid_stream", seconds=0.3)
    assert text_of(create(client, model=name, stream=True)) == DEFAULT_REPLY
    assert create(client, model=name).choices[0].message.content == DEFAULT_REPLY
    assert time.monotonic() - started >= 0.9


@pytest.mark.parametrize("fault", ["stall_before_headers", "stall_mid_stream"])
def test_endless_stall_times_out_and_is_recorded(stub, client, fault):
    with pytest.raises((openai.APITimeoutError, Exception)) as caught:
        list(create(client.with_options(timeout=0.3), model=model(fault), stream=True))
    assert "Time" in type(caught.value).__name__
    record = stub.wait_for(lambda rs: rs[-1]["ended_at"] and rs[-1])
    assert record["hung_up"] and record["events_sent"] == (3 if "mid" in fault else 0)


def test_slow_takes_its_time(client):
    started = time.monotonic()
    name = model("slow", delay_ms=30)
    assert text_of(create(client, model=name, stream=True)) == DEFAULT_REPLY
    assert time.monotonic() - started >= 0.3


# ---- too much ----

@pytest.mark.parametrize("fault, stream, has_lines", [
    ("endless_body", False, True), ("endless_body", True, False),
    ("endless_events", True, True)])
def test_endless_answers_go_on_until_the_client_leaves(stub, raw, fault, stream, has_lines):
    with raw.connect(model=model(fault), stream=stream) as link:
        got = b""
        while len(got) < 3_000_000:
            got += link.recv(65536)
    assert (b"\n\n" in got[5000:].replace(b"\r\n", b"")) == (has_lines and stream)
    record = stub.wait_for(lambda rs: rs[-1]["ended_at"] and rs[-1])
    assert record["hung_up"] and record["bytes_sent"] >= len(got)


def test_endless_answers_can_be_limited(raw):
    with raw.connect(model=model("endless_events", limit_bytes=50000), stream=True) as link:
        got, was_reset = read_until_closed(link)
    assert 50000 < len(got) < 60000 and not was_reset


def test_huge_headers(raw):
    with raw.connect(model=model("huge_header", size=70000, count=3)) as link:
        got = b""
        while b"\r\n\r\n" not in got:
            got += link.recv(65536)
    assert got.index(b"\r\n\r\n") > 210_000


# ---- wrong HTTP ----

@pytest.mark.parametrize("params, says", [({}, None), ({"delta": -10}, None),
                                          ({"value": "-1"}, b"-1"), ({"value": "abc"}, b"abc")])
def test_content_length_lies(raw, params, says):
    with raw.connect(model=model("bad_content_length", **params)) as link:
        got, was_reset = read_until_closed(link)
    head, _, body = got.partition(b"\r\n\r\n")
    length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
    wanted = says or b"%d" % (len(body) + params.get("delta", 10))
    assert length == wanted and not was_reset and json.loads(body)


@pytest.mark.parametrize("stream", [False, True])
def test_interim_responses_come_first(raw, client, stream):
    name = model("interim_responses")
    with raw.connect("close", model=name, stream=stream) as link:
        got, _ = read_until_closed(link)
    assert got.startswith(b"HTTP/1.1 100 ") and got.index(b" 103 ") < got.index(b" 200 ")
    answer = create(client, model=name, stream=stream)
    text = text_of(answer) if stream else answer.choices[0].message.content
    assert text == DEFAULT_REPLY


def test_bad_chunk_and_garbage_http(raw, client):
    with raw.connect(model=model("bad_chunk"), stream=True) as link:
        assert b"\r\nzz\r\n" in read_until_closed(link)[0]
    with raw.connect(model=model("garbage_http")) as link:
        assert not read_until_closed(link)[0].startswith(b"HTTP")
    with pytest.raises(openai.APIConnectionError):
        create(client, model=model("garbage_http"))


# ---- every fault, both ways ----

ENDLESS = {"limit_bytes": 1000, "seconds": 0.01, "delay_ms": 1}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", stub_faults.names())
def test_every_fault_ends_and_the_stub_goes_on(stub, raw, fault, stream):
    stub.script({"fault": fault, **ENDLESS})
    with raw.connect("close", stream=stream) as link:
        read_until_closed(link)
    record = stub.wait_for(lambda rs: rs[0]["ended_at"] and rs[0])
    assert record["fault"] == fault
    assert raw.ask(ASK)[0] == 200
