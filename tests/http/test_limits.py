"""Each limit of `server:` with the answer that tells of it, at the limit and one beyond it."""

import time

import pytest
from raw import HEALTH, Talk, app, ask, detail, is_up, one, post

BODY, HEADERS, URL = 1000, 600, 100
TIME = 0.4  # s
LATE = 8  # s: what a busy machine may add
SERVER = (f"max_body: {BODY}, max_headers: {HEADERS}, max_url: {URL}, header_timeout: 400ms, "
          "body_timeout: 400ms, idle_timeout: 400ms")


@pytest.fixture(scope="module")
def server(launch):
    server = launch(app(SERVER))
    yield server
    assert is_up(server)


def of_size(size):
    """A JSON body of exactly so many bytes."""
    return b'{"input": "' + b"x" * (size - 13) + b'"}'


def chunked(body, step):
    pieces = [body[i:i + step] for i in range(0, len(body), step)]
    return (b"POST /same/invoke HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
            b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")


def with_headers(size):
    """A request whose header section, with the blank line, has so many bytes."""
    rest = size - len(b"Host: h\r\nX: \r\n\r\n")
    return b"GET /health HTTP/1.1\r\nHost: h\r\nX: " + b"x" * rest + b"\r\n\r\n"


def with_url(size):
    target = b"/health?" + b"x" * (size - 8)
    return b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % target


def with_lines(count):
    return b"GET /health HTTP/1.1\r\nHost: h\r\n" + b"a:\r\n" * (count - 1) + b"\r\n"


SIZES = [
    ("body", BODY, lambda size: post("/same/invoke", of_size(size)), 413),
    ("chunked body", BODY, lambda size: chunked(of_size(size), size), 413),
    ("many chunks", BODY, lambda size: chunked(of_size(size), 7), 413),
    ("headers", HEADERS, with_headers, 431),
    ("url", URL, with_url, 414),
]


@pytest.mark.parametrize("limit, make, status", [s[1:] for s in SIZES], ids=[s[0] for s in SIZES])
def test_size(server, limit, make, status):
    for size, wanted in ((limit - 1, 200), (limit, 200), (limit + 1, status), (10 * limit, status)):
        answers = ask(server.port, make(size) + HEALTH)
        if wanted == 200:
            assert [answer.status for answer in answers] == [200, 200], size
            continue
        assert [answer.status for answer in answers] == [status], size
        assert answers[0].headers["connection"] == "close"
        assert detail(answers[0])


def test_number_of_headers(launch):
    server = launch(app())
    assert one(server.port, with_lines(256)).status == 200
    answers = ask(server.port, with_lines(257) + HEALTH)
    assert [answer.status for answer in answers] == [431]


def test_trailers_are_limited(server):
    data = chunked(of_size(100), 100)[:-2] + b"A: " + b"x" * HEADERS + b"\r\n\r\n"
    assert [answer.status for answer in ask(server.port, data + HEALTH)] == [431]


def test_endless_things_are_refused_early(server):
    """A client that never stops is not read to its end."""
    for begin, piece, status in [
        (b"", b"G" * 1000, 501),
        (b"GET /", b"x" * 1000, 414),
        (HEALTH[:-2], b"A: b\r\n" * 200, 431),
        (HEALTH[:-2] + b"A: ", b"x" * 1000, 431),
        (chunked(b"x", 1)[:-5], b"3\r\nabc\r\n" * 500, 413),
        (chunked(b"x", 1)[:-5] + b"1;", b"x" * 3000, 400),
        (b"POST /same/invoke HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n",
         b"x" * 1000, 413),
    ]:
        answers = ask(server.port, begin + piece * 100)
        assert [answer.status for answer in answers] == [status], begin


PARTS = [
    ("nothing", b"", None),
    ("a blank line", b"\r\n", 408),
    ("half a method", b"GE", 408),
    ("half a target", b"GET /he", 408),
    ("half a header", HEALTH[:-6], 408),
    ("no last line", HEALTH[:-2], 408),
    ("no body", post("/same/invoke", of_size(50))[:-50], 408),
    ("half a body", post("/same/invoke", of_size(50))[:-1], 408),
    ("no chunk", chunked(of_size(50), 50)[:-61], 408),
    ("half a chunk", chunked(of_size(50), 50)[:-20], 408),
    ("no last chunk", chunked(of_size(50), 50)[:-5], 408),
    ("half the end", chunked(of_size(50), 50)[:-1], 408),
    ("a request, then nothing", HEALTH, 200),
]


@pytest.mark.parametrize("data, status", [p[1:] for p in PARTS], ids=[p[0] for p in PARTS])
def test_timeout(server, data, status):
    """Who stops in the middle hears 408; who is idle is closed without a word."""
    began = time.monotonic()
    answers = ask(server.port, data)
    took = time.monotonic() - began
    assert [answer.status for answer in answers] == ([status] if status else [])
    assert TIME * 0.9 < took < TIME + LATE
    if status == 408:
        assert detail(answers[0])
        assert answers[0].headers["connection"] == "close"


@pytest.mark.parametrize("data", [HEALTH[:-2] + b"A: " + b"x" * 500,
                                  post("/same/invoke", of_size(800))[:-10]])
def test_dripping_does_not_help(server, data):
    """The time is that of the whole head, or body; a byte now and then does not renew it."""
    began = time.monotonic()
    with Talk(server.port) as talk:
        talk.send_raw(data[:60]).send_raw(data[60:60 + 70], pause=0.02, step=1)
        answers = talk.answers()
    assert [answer.status for answer in answers] == [408]
    assert time.monotonic() - began < TIME + LATE


def test_idle_time_begins_anew(server):
    """A connection that is used stays; the time of an answer does not count as idle."""
    with Talk(server.port) as talk:
        for _ in range(8):
            talk.send_raw(HEALTH)
            assert talk.read().status == 200
            time.sleep(TIME / 4)
        talk.send_raw(post("/slow/invoke", {"input": {"text": "x"}}))
        assert talk.read().status == 200
        talk.send_raw(HEALTH)
        assert talk.read().status == 200


def test_stream_outlives_all_timeouts(server):
    """The timeouts of reading do not end a long answer."""
    with Talk(server.port) as talk:
        talk.send_raw(post("/slow/stream", {"input": {"text": "x"}}))
        answer = talk.read()
    assert answer.framing == "chunked"
    assert answer.body.endswith(b"event: end\r\n\r\n")


def test_connections_wait_at_the_limit(launch):
    """Beyond max_connections nobody is refused: they are served as soon as others leave."""
    server = launch(app("max_connections: 4, idle_timeout: 30s"))
    held = [Talk(server.port).send_raw(HEALTH) for _ in range(4)]
    assert all(talk.read().status == 200 for talk in held)
    waiting = [Talk(server.port).send_raw(HEALTH) for _ in range(3)]
    time.sleep(0.3)
    for talk in waiting:
        talk.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            talk.socket.recv(1)
        talk.socket.settimeout(10)
    held.pop().reset()
    for talk in held:
        talk.__exit__()
    assert all(talk.read().status == 200 for talk in waiting)
    for talk in waiting:
        talk.__exit__()
    assert is_up(server)
