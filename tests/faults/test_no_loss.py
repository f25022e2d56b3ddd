"""Reloads and rolling restarts under load: no request is lost, open streams included.

NO_LOSS_REQUESTS says how many (20,000; `make test-drain` asks for 100,000)."""

import os
import random
import signal
import threading
import time

import pytest
import servers
from ports import free_port
from raw import Talk, log_lines, post, wait_for

REQUESTS = int(os.environ.get("NO_LOSS_REQUESTS", "20000"))
CLIENTS = 8
LOST = 20  # requests, after which it is no use to go on
APP = """
server: {drain_timeout: 30s}
models:
  hello: {provider: fake, responses: ["Hello there!"]}
  slow: {provider: fake, responses: [one two three four five six seven eight], chunk: word, delay: 60ms}
routes:
  /say: {chain: [hello, str]}
  /slow: {chain: [slow, str]}
"""
INVOKE = post("/say/invoke", {"input": "x"})
STREAM = post("/slow/stream", {"input": "x"})
ONCE = post("/say/invoke", {"input": "x"}, "Connection: close")
WORDS = [b'"one "', b'"two "', b'"eight"', b"event: end"]


class Clients:
    """Threads that ask one of the `servers` all the while; `lost` is what was not answered."""

    def __init__(self, ports, requests):
        self.ports, self.left, self.lost = list(ports), requests, []
        self.answered = self.streams = self.turned_away = 0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(seed,), daemon=True)
                        for seed in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, failed, *_):
        if failed:
            self.left = 0
        for thread in self.threads:
            thread.join()

    @property
    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def _take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and len(self.lost) < LOST

    def _run(self, seed):
        dice, talk = random.Random(seed), None
        while self._take():
            kind = dice.choices((INVOKE, ONCE, STREAM), (80, 15, 5 if seed < 6 else 0))[0]
            try:
                talk = self._ask(dice, talk, kind)
            except (OSError, AssertionError, AttributeError) as error:
                self.lost.append(repr(error))
                talk = None

    def _ask(self, dice, talk, kind):
        if talk is None or kind is ONCE:
            talk and talk.reset()
            talk = self._connect(dice)
        answer = talk.send_raw(kind).read()
        assert answer.status == 200, answer
        if kind is STREAM:
            assert answer.framing == "chunked" and all(word in answer.body for word in WORDS), answer
        with self.lock:
            self.answered += 1
            self.streams += kind is STREAM
        if answer.headers.get("connection") == "close":
            talk.reset()
            return None
        return talk

    def _connect(self, dice):
        """As a load balancer does: one that refuses the connection is passed over."""
        for _ in range(1000):
            try:
                return Talk(dice.choice(self.ports))
            except ConnectionRefusedError:
                self.turned_away += 1
                time.sleep(0.005)
        raise AssertionError("nobody takes connections")


@pytest.mark.timeout(120 + REQUESTS / 50)
def test_reloads(launch):
    server = launch(APP, "--workers", "2")
    with Clients([server.port], REQUESTS) as clients:
        reloads = 0
        while clients.busy and reloads < 30:
            seen = clients.answered
            server.process.send_signal(signal.SIGHUP)
            reloads += 1
            wait_for(lambda: not clients.busy or (
                len([line for line in log_lines(server, "reload") if "new workers" in line["message"]])
                >= reloads and clients.answered > seen + REQUESTS / 40), 120)
    assert not clients.lost, clients.lost[:5]
    assert clients.answered == REQUESTS and clients.streams >= 20
    assert reloads >= 5 and clients.turned_away == 0  # the sockets stay open
    assert not [line for line in log_lines(server) if line["level"] == "error"]


@pytest.mark.timeout(120 + REQUESTS / 50)
def test_a_rolling_restart(tmp_path):
    """Three servers, of which one after the other is told to end, and begun anew on its port."""
    ports, running = [], []

    def start(number, port):
        folder = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "app.yaml").write_text(APP)
        server = servers.langserved(folder / "app.yaml", folder)
        server.command[server.command.index("--port") + 1] = str(port)
        return server.start()

    for number in range(3):
        ports.append(free_port())
        running.append(start(number, ports[number]))
    restarts = 0
    with Clients(ports, REQUESTS) as clients:
        while clients.busy and restarts < 30:
            seen, number = clients.answered, restarts % 3
            wait_for(lambda: not clients.busy or clients.answered > seen + REQUESTS / 40, 120)
            running[number].stop_cleanly()  # its streams are among the clients'
            running[number] = start(number, ports[number])
            restarts += 1
    for server in running:
        server.stop_cleanly()
    assert not clients.lost, clients.lost[:5]
    assert clients.answered == REQUESTS and clients.streams >= 20
    assert restarts >= 5
