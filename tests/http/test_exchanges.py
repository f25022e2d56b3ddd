"""Ordinary conversations: keep-alive, pipelining, HEAD, 100-continue, HTTP/1.0, ids, errors."""

import json
import re
import socket
import uuid

import pytest
from raw import HEALTH, Talk, app, ask, detail, has_read, is_up, log_lines, one, post, wait_for

CLOSE = HEALTH[:-2] + b"Connection: close\r\n\r\n"
SLOW = {"input": {"text": "x"}}


@pytest.fixture(scope="module")
def server(launch):
    server = launch(app("header_timeout: 3s"))
    yield server
    assert is_up(server)


@pytest.fixture(scope="module")
def sleepy(launch):
    """Its slow model waits long before it says anything."""
    return launch(app(delay="60s"))


def statuses(answers):
    return [answer.status for answer in answers]


def with_id(request_id, head=HEALTH):
    return head[:-2] + b"X-Request-ID: " + request_id + b"\r\n\r\n"


def access_line(server, request_id):
    """The one access line of a request."""
    lines = wait_for(lambda: [line for line in log_lines(server, "request")
                              if line["request_id"] == request_id], what=f"line of {request_id}")
    assert len(lines) == 1
    return lines[0]


# ---- keep-alive and pipelining ----


def test_keep_alive(server):
    with Talk(server.port) as talk:
        for i in range(50):
            talk.send_raw(post("/same/invoke", {"input": i}))
            assert json.loads(talk.read().body)["output"] == i
        assert statuses(talk.send_raw(CLOSE).answers()) == [200]


@pytest.mark.parametrize("lines, version, stays", [
    ("", "1.1", True), ("Connection: keep-alive", "1.1", True), ("Connection: close", "1.1", False),
    ("Connection: x, CLOSE", "1.1", False), ("Connection: x\r\nConnection: close", "1.1", False),
    ("", "1.0", False), ("Connection: keep-alive", "1.0", True), ("Connection: close", "1.0", False),
    ("Connection: keep-alive, close", "1.0", False), ("Connection: closed", "1.1", True),
])
def test_who_keeps_alive(server, lines, version, stays):
    data = post("/same/invoke", {"input": 1}, *[lines] * bool(lines), version=version)
    answers = ask(server.port, data + CLOSE)
    assert statuses(answers) == [200, 200] if stays else [200]
    assert answers[0].headers.get("connection") == ("close" if not stays else
                                                    "keep-alive" if version == "1.0" else None)


def test_pipelined_answers_come_in_order(server):
    """A slow one in front, quick ones, errors and streams behind it."""
    data = (post("/slow/invoke", SLOW) + HEALTH + post("/slow/stream", SLOW) +
            post("/same/invoke", b"{") + post("/none", {}) + post("/same/invoke", {"input": 5}) +
            CLOSE)
    answers = ask(server.port, data)
    assert statuses(answers) == [200, 200, 200, 422, 404, 200, 200]
    assert b"eight" in answers[0].body and answers[2].body.endswith(b"event: end\r\n\r\n")
    assert json.loads(answers[5].body)["output"] == 5


@pytest.mark.parametrize("step", [1, 7, 100, 100_000])
def test_long_pipeline(server, step):
    """Far more requests than are read ahead; however they are cut."""
    count = 60 if step == 1 else 300
    data = b"".join(post("/same/invoke", {"input": i}) for i in range(count))
    with Talk(server.port) as talk:
        answers = talk.send_raw(data + CLOSE, step=step).answers()
    assert [json.loads(a.body)["output"] for a in answers[:-1]] == list(range(count))


def test_pipeline_behind_a_slow_one(server):
    data = post("/slow/invoke", SLOW) + b"".join(post("/same/invoke", {"input": i})
                                                 for i in range(200))
    answers = ask(server.port, data + CLOSE)
    assert [json.loads(a.body)["output"] for a in answers[1:-1]] == list(range(200))


def test_half_close_after_a_quick_request(server):
    """An answer that is complete when the client ends his side still arrives."""
    with Talk(server.port) as talk:
        talk.send_raw(HEALTH)
        talk.end_sending()
        assert statuses(talk.answers()) == [200]


# ---- HEAD, methods, paths ----


@pytest.mark.parametrize("method", ["QUERY", "get", "POSTS", "DESCRIBE", "M-SEARCH", "X"])
def test_other_methods_are_not_allowed(server, method):
    """Whether the parser knows them or not; what follows their bodies is the next request."""
    data = post("/same/invoke", {"input": "x" * 3000}).replace(b"POST", method.encode(), 1)
    first, second = ask(server.port, data + CLOSE)
    assert (first.status, first.headers["allow"], second.status) == (405, "POST", 200)


@pytest.mark.parametrize("path, status", [("/none", 404), ("/same/invoke", 405)])
def test_head_has_no_body(server, path, status):
    """What follows its head is the next answer, although a length is told."""
    data = f"HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    with Talk(server.port) as talk:
        talk.send_raw(data + CLOSE)
        answer = talk.read("HEAD")
        assert answer.status == status and int(answer.headers["content-length"]) > 0
        assert statuses(talk.answers()) == [200]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
def test_405(server, method):
    answer = one(server.port, f"{method} /same/invoke HTTP/1.1\r\nHost: h\r\n\r\n".encode(), method)
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    if method != "HEAD":
        assert detail(answer) == "Method Not Allowed"


@pytest.mark.parametrize("path", ["/none", "/same", "/same/", "/same/invoke/x", "/SAME/invoke",
                                  "//same/invoke", "/same//invoke", "/same/./invoke", "/x/../health",
                                  "/same/invoke;a=b", "/%2e%2e/health", "/same%20/invoke",
                                  "/" + "a/" * 1000, "/etc/passwd", "/\\health", "/health%0a"])
def test_404(server, path):
    answer = one(server.port, f"POST {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert answer.status == 404
    assert detail(answer) == "Not Found"


def test_redirect_goes_to_the_host_that_was_asked(server):
    answer = one(server.port, b"POST /same/invoke/?a=b HTTP/1.1\r\nHost: a.example:1\r\n"
                 b"Content-Length: 0\r\n\r\n")
    assert answer.status == 307
    assert answer.headers["location"] == "http://a.example:1/same/invoke?a=b"


# ---- 100-continue ----


@pytest.mark.parametrize("framing", ["Content-Length: 12", "Transfer-Encoding: chunked"])
def test_100_continue(server, framing):
    head = f"POST /same/invoke HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n{framing}\r\n\r\n"
    body = b'{"input": 1}'
    with Talk(server.port) as talk:
        talk.send_raw(head.encode())
        assert talk.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert talk.file.readline() == b"\r\n"
        talk.send_raw(body if "Length" in framing else b"c\r\n%s\r\n0\r\n\r\n" % body)
        answer = talk.read()
        assert answer.status == 200 and not answer.interim


@pytest.mark.parametrize("head, status, interim", [
    (post("/same/invoke", {"input": 1}, "Expect: 100-continue"), 200, []),  # the body is there
    (post("/same/invoke", {"input": 1}, "Expect: 100-continue", version="1.0"), None, []),
    (post("/same/invoke", {"input": 1}, "Expect: magic"), 417, []),
    (HEALTH[:-2] + b"Expect: 100-continue\r\n\r\n", 200, []),  # no body to wait for
    (HEALTH[:-2] + b"Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n", 413, []),
])
def test_no_continue(server, head, status, interim):
    with Talk(server.port) as talk:
        answer = talk.send_raw(head).read()
    assert answer.interim == interim
    assert answer.status == (status or 200)


def test_continue_waits_for_its_turn(server):
    """In a pipeline 100 must not come before the answers in front."""
    head = (b"POST /same/invoke HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
            b"Content-Length: 12\r\n\r\n")
    with Talk(server.port) as talk:
        talk.send_raw(post("/slow/invoke", SLOW) + head)
        assert b"eight" in talk.read().body
        assert talk.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        talk.send_raw(b'{"input": 1}')
        talk.file.readline()
        assert talk.read().status == 200


# ---- ids and the access log ----


@pytest.mark.parametrize("sent", [b"a", b"A-Z.a_z-09", b"x" * 64, b"8f14e45f-ceea-4f7a-9c3b-2b7d1d0f9a11"])
def test_request_id_is_kept(server, sent):
    answer = one(server.port, with_id(sent))
    assert answer.headers["x-request-id"] == sent.decode()
    line = access_line(server, sent.decode())
    assert re.fullmatch("[0-9a-f]{32}", line.pop("trace_id"))
    assert line | {"ms": 0, "pid": 0, "timestamp": ""} == {
        "timestamp": "", "level": "info", "event": "request", "pid": 0, "method": "GET",
        "path": "/health", "route": "/health", "status": 200, "bytes": len(answer.body), "ms": 0,
        "client": "127.0.0.1", "request_id": sent.decode()}


@pytest.mark.parametrize("sent", [b"", b"x" * 65, b"a b", b"a/b", b"\xe4", b'a"b', b"a,b", b"<b>",
                                  b"{}", b"${jndi:ldap://x}", b"a%0ab"])
def test_request_id_is_replaced(server, sent):
    answer = one(server.port, with_id(sent))
    uuid.UUID(answer.headers["x-request-id"])
    assert access_line(server, answer.headers["x-request-id"])["status"] == 200


@pytest.mark.parametrize("data, status, method", [
    (post("/none?a=%20b", {}), 404, "POST"), (post("/same/invoke", b"{"), 422, "POST"),
    (b"NOSUCH / HTTP/1.1\r\nHost: h\r\n\r\n", 405, "NOSUCH"), (b"\r\r", 400, ""),
    (HEALTH.replace(b"Host: h", b"A: b"), 400, "GET"), (b"GET / HTTP/3.0\r\n", 505, ""),
])
def test_refusals_are_logged(server, data, status, method):
    answer = one(server.port, data)
    line = access_line(server, answer.headers["x-request-id"])
    assert answer.status == line["status"] == status
    assert line["method"] == method and line["bytes"] == len(answer.body)
    assert detail(answer)


@pytest.mark.parametrize("leave", [Talk.reset, Talk.__exit__], ids=["reset", "close"])
@pytest.mark.parametrize("endpoint, status", [("invoke", 0), ("stream", 200), ("batch", 0)])
def test_a_client_that_leaves(sleepy, endpoint, status, leave):
    """Its run is cancelled at once, and the log says so (of a batch only in the access line)."""
    request_id = f"gone-{endpoint}-{leave.__name__}"
    body = {"inputs": [SLOW["input"]] * 3} if endpoint == "batch" else SLOW
    failures = len(log_lines(sleepy, "run_failed"))
    with Talk(sleepy.port) as talk:
        talk.send_raw(post(f"/slow/{endpoint}", body, f"X-Request-ID: {request_id}"))
        wait_for(lambda: has_read(talk))
        leave(talk)
    line = access_line(sleepy, request_id)
    assert line["aborted"] == "yes" and line["status"] == status
    failed = log_lines(sleepy, "run_failed")[failures:]
    assert len(failed) == (endpoint != "batch")
    for line in failed:
        assert (line["error"], line["level"], line["route"]) == ("cancelled", "info", "/slow")


# ---- listeners ----


def over_unix(path, data):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(data)
        received = b""
        while piece := sock.recv(65536):
            received += piece
        return received


def test_unix_socket_besides(launch, tmp_path):
    path = tmp_path / "s"
    server = launch(app(f"socket: {path}"))
    assert over_unix(path, CLOSE).startswith(b"HTTP/1.1 200 OK\r\n")
    assert one(server.port, HEALTH).status == 200
    assert wait_for(lambda: [line for line in log_lines(server, "request")
                             if line["client"] == "unix"])
    assert server.stop() == 0
    assert not path.exists()


def test_unix_socket_left_by_a_crash(launch, tmp_path):
    """A socket that nobody listens on any more is taken over."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    launch(app(f"socket: {path}"))
    assert over_unix(path, CLOSE).startswith(b"HTTP/1.1 200 OK\r\n")
