"""Requests that two servers could read differently are refused, and nothing behind them is answered.

Each is followed at once by a `GET /health` that a smuggler would hide there.
"""

import socket

import pytest
from raw import HEALTH, Talk, app, ask, detail, is_up
from strict_tricks import BAD, GOOD, GOOD_HEADS, POST_SAME

MARKED = HEALTH.replace(b"Host: h", b"Host: h\r\nX-Request-ID: smuggled\r\nConnection: close")


@pytest.fixture(scope="module")
def server(launch):
    server = launch(app("header_timeout: 2s, body_timeout: 2s"))
    yield server
    assert is_up(server)


def named(table):
    assert len({name for name, _ in table}) == len(table), "two cases of one name"
    return pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in table])


def check_refused(answers):
    assert len(answers) == 1, answers
    assert 400 <= answers[0].status < 500 or answers[0].status in (501, 505), answers
    assert answers[0].headers["connection"] == "close"
    assert answers[0].headers["x-request-id"] != "smuggled"
    assert detail(answers[0])


@named(BAD)
def test_trick_is_refused(server, data):
    check_refused(ask(server.port, data + MARKED))


@named(BAD)
def test_trick_is_refused_in_pieces(server, data):
    """However the bytes fall into packets."""
    with Talk(server.port) as talk:
        talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        check_refused(talk.send_raw(data + MARKED, step=3).answers())


@named(BAD)
def test_trick_behind_a_good_request(server, data):
    """The good one is answered, the trick ends the connection."""
    first, *rest = ask(server.port, HEALTH + data + MARKED)
    assert first.status == 200
    check_refused(rest)


@named(GOOD)
def test_good_framing(server, data):
    """The counterparts work, and what stands behind them is a request."""
    answers = ask(server.port, data + MARKED)
    assert [answer.status for answer in answers] == [200, 200]
    assert b'"output":1' in answers[0].body
    assert answers[1].headers["x-request-id"] == "smuggled"


@named(GOOD_HEADS)
def test_good_head(server, data):
    answers = ask(server.port, data + MARKED)
    assert [answer.status for answer in answers] == [200, 200]


def test_no_upgrade(server):
    """A request for h2c is answered as HTTP/1.1."""
    data = HEALTH[:-2] + (b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                          b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
    answers = ask(server.port, data + MARKED)
    assert [answer.status for answer in answers] == [200, 200]
    assert "upgrade" not in answers[0].headers


@pytest.mark.parametrize("upgrade", [b"", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"])
def test_body_of_a_get(server, upgrade):
    """It is read, not taken for the next request."""
    data = HEALTH[:-2] + upgrade + b"Content-Length: %d\r\n\r\n" % len(HEALTH) + HEALTH
    answers = ask(server.port, data + MARKED)
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[1].headers["x-request-id"] == "smuggled"


def test_nothing_after_connection_close(server):
    answers = ask(server.port, HEALTH[:-2] + b"Connection: close\r\n\r\n" + MARKED)
    assert [answer.status for answer in answers] == [200]


def test_body_left_unread_by_a_404(server):
    """The body of a request without a route is no request."""
    data = POST_SAME.replace(b"/same", b"/none")
    data += b"Content-Length: %d\r\n\r\n" % len(HEALTH) + HEALTH
    answers = ask(server.port, data + MARKED)
    assert [answer.status for answer in answers] == [404, 200]
    assert answers[1].headers["x-request-id"] == "smuggled"
