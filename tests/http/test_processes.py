"""The master and its workers: deaths, endings, reloads, and what goes wrong at the start."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
import servers
from raw import (HEALTH, Talk, app, children, is_up, log_lines, one, other_ends, post,
                 socket_inodes, wait_for)

SLOW = {"input": {"text": "x"}}  # eight words
STREAM = post("/slow/stream", SLOW)
END = b"event: end\r\n\r\n\r\n0\r\n\r\n"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def owners(server, talks):
    """The worker that holds the other end of each connection."""
    holds = {inode: pid for pid in children(server) for inode in socket_inodes(pid)}
    return [holds[inode] for inode, _ in other_ends(talks)]


def open_streams(server, count):
    """Streams that have begun."""
    talks = [Talk(server.port).send_raw(STREAM) for _ in range(count)]
    for talk in talks:
        assert talk.file.readline().startswith(b"HTTP/1.1 200")
    return talks


def is_whole(stream):
    return stream.endswith(END)


def is_refused(server):
    """Whether nobody listens any more."""
    try:
        Talk(server.port).reset()
    except ConnectionRefusedError:
        return True
    return False


class Clients:
    """Threads that ask for something all the while; `failures` says what went wrong."""

    def __init__(self, *asks):
        self.failures, self.answered, self.over = [], 0, threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(ask,), daemon=True)
                        for ask in asks]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self, ask):
        while not self.over.is_set():
            try:
                assert ask().status == 200
                self.answered += 1
            except (AssertionError, OSError) as error:
                self.failures.append(repr(error))


# ---- the death of a worker ----


def test_workers_are_children(launch):
    server = launch(app(), "--workers", "3")
    wait_for(lambda: len(children(server)) == 3)
    for _ in range(20):
        assert is_up(server)
    seen = {line["pid"] for line in log_lines(server, "request")}
    assert seen and seen <= set(children(server))


def test_workers_may_open_all_files_that_the_system_lets_them(launch):
    """And not only the 1024 that a shell gives."""
    server = launch(app(), "--workers", "1")
    limits = pathlib.Path(f"/proc/{children(server)[0]}/limits").read_text()
    soft, hard = next(line for line in limits.splitlines() if "open files" in line).split()[3:5]
    assert soft == hard


def test_kill_9_under_load(launch):
    """Only the streams of the killed worker break; a new worker comes; nobody else notices."""
    server = launch(app(delay="300ms"), "--workers", "3")
    wait_for(lambda: len(children(server)) == 3)
    talks = open_streams(server, 24)
    holders = owners(server, talks)
    victim = holders[0]
    with Clients(*[lambda: one(server.port, HEALTH)] * 3) as clients:
        wait_for(lambda: clients.answered > 10)
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(set(children(server)) - {victim}) == 3, what="a new worker")
        whole = [is_whole(talk.rest(last=END)) for talk in talks]
    assert whole == [holder != victim for holder in holders]
    assert len(clients.failures) <= 3, clients.failures  # what each had in flight there
    assert any(f"worker {victim} was ended by signal 9" in line.get("message", "")
               for line in log_lines(server))
    assert is_up(server)


def test_all_workers_killed_again_and_again(launch):
    server = launch(app(), "--workers", "2")
    for _ in range(3):
        workers = children(server)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not any(map(is_alive, workers)))
        with Talk(server.port) as talk:  # it waits in the queue of the listening socket
            assert talk.send_raw(HEALTH).read().status == 200


# ---- the end ----


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_streams_may_end_first(launch, signum):
    server = launch(app(), "--workers", "2")
    idle = Talk(server.port).send_raw(HEALTH)
    assert idle.read().status == 200
    talks = open_streams(server, 10)
    server.process.send_signal(signum)
    assert idle.rest() == b""
    assert all(is_whole(talk.rest()) for talk in talks)
    assert server.process.wait(10) == 0


@pytest.mark.parametrize("served", [0, 1])
def test_request_on_its_way_is_answered(launch, served):
    """A connection that was there before the signal may ask once more."""
    server = launch(app())
    talk = Talk(server.port)
    for _ in range(served):
        assert talk.send_raw(HEALTH).read().status == 200
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: is_refused(server))
    answer = talk.send_raw(HEALTH).read()
    assert answer.status == 200 and answer.headers["connection"] == "close"
    assert server.process.wait(10) == 0


def test_request_behind_a_stream_in_flight_is_answered(launch):
    """The stream's head has not said that the connection ends with it: who sends once more is answered."""
    server = launch(app(delay="300ms"))
    (talk,) = open_streams(server, 1)
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: is_refused(server))
    stream, _, last = talk.send_raw(HEALTH).rest().partition(END)
    assert b"eight" in stream and last.startswith(b"HTTP/1.1 200") and b"connection: close" in last
    assert server.process.wait(10) == 0


def test_new_connections_are_refused_while_draining(launch):
    """Nobody waits in the queue of a server that takes no more."""
    server = launch(app(delay="300ms"))
    (talk,) = open_streams(server, 1)
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: is_refused(server))
    assert is_whole(talk.rest())
    assert server.process.wait(10) == 0


def test_second_sigint_ends_at_once(launch):
    server = launch(app(delay="60s"), "--workers", "2")
    workers = children(server)
    talks = open_streams(server, 3)
    server.process.send_signal(signal.SIGINT)
    wait_for(lambda: is_refused(server))
    assert server.process.poll() is None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0
    assert not any(END in talk.rest() for talk in talks)
    assert not any(is_alive(pid) for pid in workers)


def test_drain_timeout_cuts_off(launch):
    server = launch(app("drain_timeout: 700ms", delay="60s"))
    talks = open_streams(server, 3)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
    assert time.monotonic() - began > 0.6
    assert not any(END in talk.rest() for talk in talks)
    assert any("cut off" in line.get("message", "") for line in log_lines(server))


def test_workers_die_with_the_master(tmp_path):
    (tmp_path / "app.yaml").write_text(app("drain_timeout: 3s"))
    server = servers.langserved(tmp_path / "app.yaml", tmp_path, "--workers", "3").start()
    try:
        wait_for(lambda: len(children(server)) == 3)
        workers = children(server)
        talks = open_streams(server, 5)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        assert all(is_whole(talk.rest()) for talk in talks)  # they drain
        wait_for(lambda: not any(map(is_alive, workers)), what="the end of the workers")
        assert not server.sanitizer_reports()
    finally:
        server.kill()


# ---- reload ----


def started(server):
    """The log's lines that tell of a reload."""
    return [line for line in log_lines(server) if "new workers" in line.get("message", "")]


@pytest.mark.parametrize("how", ["--reload", "SIGHUP"])
def test_reload(launch, how):
    server = launch(app(), "--workers", "2", *["--reload"] * (how == "--reload"))
    path = server.folder / "app.yaml"

    def change(text):
        (server.folder / "next.yaml").write_text(text)
        os.replace(server.folder / "next.yaml", path)  # nobody sees it half written
        if how == "SIGHUP":
            server.process.send_signal(signal.SIGHUP)

    workers = children(server)
    talks = open_streams(server, 4)
    change(app() + "  /fresh: hello\n")
    fresh = post("/fresh/invoke", {"input": "x"})
    wait_for(lambda: one(server.port, fresh).status == 200, what="the new route")
    assert all(is_whole(talk.rest(last=END)) for talk in talks)
    wait_for(lambda: len(children(server)) == 2 and not set(children(server)) & set(workers))

    workers = children(server)
    change(app() + "  /fresh: {nosuch: 1}\n")
    wait_for(lambda: any("mistakes" in line.get("message", "") for line in log_lines(server)))
    for _ in range(10):
        assert one(server.port, fresh).status == 200
    assert children(server) == workers

    change(app())
    wait_for(lambda: one(server.port, fresh).status == 404, what="the end of the route")


def test_what_a_new_file_changes_of_the_process(launch):
    """Not where it listens, and not what the memory is kept from: that is told."""
    server = launch(app("log_format: json"), "--workers", "1")
    path = server.folder / "app.yaml"

    def reload(inside):
        count, workers = len(started(server)), children(server)
        path.write_text(app("log_format: json, " + inside))
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(started(server)) > count and len(children(server)) == 1
                 and children(server) != workers)

    reload(f"log_level: debug, socket: {server.folder}/s, core_dumps: true")
    told = [line["message"] for line in log_lines(server, "app_warning")]
    assert len(told) == 2 and "socket" in told[0] and "core_dumps" in told[1]
    assert not (server.folder / "s").exists()


class KeptTalk:
    """A client that uses its connection as long as the server lets it."""

    def __init__(self, port):
        self.port, self.talk = port, None

    def ask(self):
        self.talk = self.talk or Talk(self.port)
        answer = self.talk.send_raw(HEALTH).read()
        if answer.headers.get("connection") == "close":
            self.talk.reset()
            self.talk = None
        return answer


def test_a_reload_changes_the_log(launch):
    fails = "  /fails: {chain: {lambda: error('no')}, input: {}}\n"
    server = launch(app() + fails)
    before = children(server)
    (server.folder / "app.yaml").write_text(app("log_format: text, log_level: error") + fails)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: children(server) and not set(children(server)) & set(before))
    size = len(server.log())
    assert is_up(server)
    assert one(server.port, post("/fails/invoke", {"input": "x"})).status == 500
    wait_for(lambda: "run_failed" in server.log()[size:])
    assert "{" not in server.log()[size:] and "/health" not in server.log()[size:]


def test_reload_loses_no_request(launch):
    """Clients all the while, with a connection for each request and with kept ones."""
    server = launch(app(), "--workers", "2")
    kept = [KeptTalk(server.port) for _ in range(2)]
    with Clients(*[lambda: one(server.port, HEALTH)] * 2, *[talk.ask for talk in kept]) as clients:
        for reloads in range(1, 11):
            seen = clients.answered
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: len(started(server)) == reloads and clients.answered > seen + 20)
    assert not clients.failures
    assert not [line for line in log_lines(server) if line["level"] == "error"]


# ---- what goes wrong at the start ----


def run(folder, text, *options):
    (folder / "app.yaml").write_text(text)
    return subprocess.run([servers.langserved_binary(), "serve", folder / "app.yaml", *options],
                          capture_output=True, text=True, timeout=20,
                          env={**os.environ, **servers.sanitizer_options(folder)})


def test_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = run(tmp_path, app(), "--port", port)
    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr and port in ended.stderr
    assert "in use" in ended.stderr


@pytest.mark.parametrize("options, status", [
    (["--host", "no.such.host.invalid"], 1), (["--host", "192.0.2.1"], 1),
    (["--host", "unix:/no/such/folder/s"], 1), (["--port", "70000"], 2), (["--workers", "0"], 2),
])
def test_cannot_start(tmp_path, options, status):
    ended = run(tmp_path, app(), *options)
    assert ended.returncode == status
    assert ended.stderr.strip()
    assert not list(tmp_path.glob("sanitizer.*"))
