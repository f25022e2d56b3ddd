"""kill -9 of the server that is asked, and of workers, while requests are under way."""

import os
import re
import signal
import threading
import time

import httpx
import pytest
import servers
from ports import free_port
from raw import Talk, children, log_lines, one, post, wait_for

BEHIND = """
models:
  slow: {provider: fake, responses: [one two three four five six seven eight], chunk: word, delay: DELAY}
routes: {/slow: {chain: [slow, str]}}
"""
FRONT = """
routes:
  /slow: {chain: {remote: "http://127.0.0.1:PORT/slow", max_retries: 0}, upstream_errors: tell}
  /again: {chain: {remote: "http://127.0.0.1:PORT/slow", max_retries: 8}}
  /else: {chain: {chain: {remote: "http://127.0.0.1:PORT/slow", max_retries: 0},
          fallbacks: [{value: something else}]}}
  /own: passthrough
"""
ASKED = {"input": "x"}


class Behind:
    """The other server, which comes back on its port."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()

    def start(self, delay):
        (self.folder / "behind.yaml").write_text(BEHIND.replace("DELAY", delay))
        self.server = servers.langserved(self.folder / "behind.yaml", self.folder)
        self.server.command[self.server.command.index("--port") + 1] = str(self.port)
        self.server.start()
        return self

    def kill(self):
        """Master and workers at once."""
        self.server.kill()


@pytest.fixture
def behind(tmp_path):
    behind = Behind(tmp_path).start("2s")
    yield behind
    behind.kill()


@pytest.fixture
def front(serve, behind):
    return serve(FRONT.replace("PORT", str(behind.server.port)), "--workers", "2")


def gauge(server, name):
    text = httpx.get(server.url + "/metrics").text
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))


def begun(server, path, count):
    talks = [Talk(server.port).send_raw(post(f"{path}/stream", ASKED)) for _ in range(count)]
    for talk in talks:
        while not talk.file.readline().startswith(b"event: data"):
            pass
    return talks


def test_the_other_server_is_killed(front, behind):
    """Streams end in an error event, what waits is an error or is asked again, what has a fallback takes it;
    requests that do not need that server notice nothing."""
    streams = begun(front, "/slow", 12)
    waiting = [Talk(front.port).send_raw(post("/slow/invoke", ASKED)) for _ in range(12)]
    again = [Talk(front.port).send_raw(post("/again/invoke", ASKED)) for _ in range(4)]
    other = [Talk(front.port).send_raw(post("/else/invoke", ASKED)) for _ in range(4)]
    wait_for(lambda: gauge(front, "langserved_upstream_active") == 32)
    behind.kill()
    for talk in streams:
        rest = talk.rest(last=b"0\r\n\r\n")
        assert b"event: error" in rest and b"event: end" not in rest
        assert rest.endswith(b"\r\n0\r\n\r\n")  # the stream itself is whole
    for talk in waiting:
        assert talk.read().status == 502
    for talk in other:
        assert b"something else" in talk.read().body
    assert one(front.port, post("/own/invoke", ASKED)).status == 200
    assert one(front.port, post("/slow/invoke", ASKED)).status == 502
    behind.start("100ms")
    for talk in again:
        talk.socket.settimeout(60)
        assert b"eight" in talk.read().body
    assert one(front.port, post("/slow/invoke", ASKED)).status == 200
    assert gauge(front, "langserved_upstream_active") == gauge(front, "langserved_open_streams") == 0
    assert not log_lines(front, "worker_died")


def test_workers_are_killed_under_load(front):
    """Only what was under way in them fails: at most one request of each client for each kill."""
    kills, clients = 6, 8
    failed, answered, over = [], [], threading.Event()

    def ask():
        talk = None
        while not over.is_set():
            try:
                talk = talk or Talk(front.port)
                status = talk.send_raw(post("/own/invoke", ASKED)).read().status
                (answered if status == 200 else failed).append(status)
                talk = talk if status == 200 else None
            except OSError as error:
                failed.append(repr(error))
                talk = None

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            seen, workers = len(answered), children(front)
            wait_for(lambda: len(answered) > seen + 100, 30)
            os.kill(workers[0], signal.SIGKILL)
            wait_for(lambda: len(children(front)) == 2 and workers[0] not in children(front), 30)
            time.sleep(1)  # one that dies within its first second comes back later
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert len(failed) <= kills * clients, failed[:5]
    assert set(failed) <= {None, *(f for f in failed if isinstance(f, str))}, failed[:5]  # no 5xx
    assert gauge(front, "langserved_workers") == 2
    assert gauge(front, "langserved_worker_restarts_total") == kills
    assert gauge(front, "http_requests_in_progress") <= 1  # that of /metrics
