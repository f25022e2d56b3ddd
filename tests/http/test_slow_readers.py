"""Clients that do not take what they asked for: closed in time, and never paid for in memory."""

import pathlib
import socket
import time

import pytest
from raw import Talk, app, children, is_held, is_up, log_lines, post, wait_for

WORDS = 400_000
TEXT = {"input": {"text": "word " * WORDS}}  # a stream of some 15 MB
PATIENCE = 1.0  # s, as write_timeout below
SERVER = "write_timeout: 1s, max_body: 8MB"
LONG = app("write_timeout: 30s, max_body: 8MB").replace(
    "models:", "models:\n  long: {provider: fake, chunk: word, responses: ['%s']}" %
    ("word " * WORDS)) + "  /long: long\n"


@pytest.fixture(scope="module")
def server(launch):
    server = launch(app(SERVER))
    yield server
    assert is_up(server)


def resident(server):
    """MB that the one worker holds."""
    (worker,) = children(server)
    status = pathlib.Path(f"/proc/{worker}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


class SlowTalk(Talk):
    """A client with a small window."""

    def __init__(self, port, window=4096):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")


def aborted(server, request_id):
    return [line for line in log_lines(server, "request")
            if line["request_id"] == request_id and line.get("aborted")]


def test_stream_to_nobody_is_cut(server):
    with SlowTalk(server.port) as talk:
        talk.send_raw(post("/big/stream", TEXT, "X-Request-ID: unread"))
        began = time.monotonic()
        line = wait_for(lambda: aborted(server, "unread"), PATIENCE + 8)[0]
        assert time.monotonic() - began > PATIENCE * 0.8
        assert line["bytes"] < 15e6 / 2  # the model was held back
        assert not talk.rest().endswith(b"event: end\r\n\r\n\r\n0\r\n\r\n")


def test_answer_to_nobody_is_cut(server):
    """One that is complete, but too large for the buffers of the system."""
    with SlowTalk(server.port) as talk:
        talk.send_raw(post("/same/invoke", {"input": "x" * 7_000_000}))
        wait_for(lambda: is_held(talk))
        wait_for(lambda: not is_held(talk), PATIENCE + 8, "giving up")
        assert len(talk.rest()) < 7_000_000


def test_pipeline_to_nobody_is_cut(server):
    """Requests are not read on while their answers pile up."""
    before = resident(server)
    request = post("/same/invoke", {"input": "x" * 100_000})
    with SlowTalk(server.port) as talk:
        talk.socket.settimeout(PATIENCE * 6)
        with pytest.raises((ConnectionError, TimeoutError)):
            for _ in range(2000):
                talk.socket.sendall(request)
        assert resident(server) - before < 60


def test_who_reads_slowly_is_served(server):
    """Progress renews the patience, also while the system's own buffer of up to 4 MB, which takes
    more only when a third of it is empty, hides it."""
    size = 7_000_000
    with SlowTalk(server.port, 65536) as talk:
        talk.send_raw(post("/same/invoke", {"input": "x" * size}))
        received, began = 0, time.monotonic()
        while received < size:
            piece = talk.socket.recv(65536)
            assert piece, f"cut after {received} bytes"
            received += len(piece)
            time.sleep(len(piece) / 2.5e6)
        assert time.monotonic() - began > PATIENCE * 2


def test_memory_with_many_unread_streams(launch, monkeypatch):
    """Of the 40 times 15 MB that nobody reads, next to nothing is kept."""
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=1")  # freed memory is not counted
    server = launch(LONG)
    warm = SlowTalk(server.port).send_raw(post("/same/stream", TEXT))
    time.sleep(0.5)
    warm.reset()
    before = resident(server)
    held = [SlowTalk(server.port).send_raw(post("/long/stream", {"input": "x"}))
            for _ in range(40)]
    time.sleep(1.5)
    grown = resident(server) - before
    for talk in held:
        talk.reset()
    assert grown < 40, f"{grown:.0f} MB"
    wait_for(lambda: len(log_lines(server, "run_failed")) == 40)
    assert is_up(server)
