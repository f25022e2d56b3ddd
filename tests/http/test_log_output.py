"""Wherever the log goes, or does not go: the server answers, and lines come whole or not at all."""

import json
import os
import signal
import subprocess

import pytest
import servers
from ports import free_port
from raw import HEALTH, Talk, app, children, is_up, wait_for

REQUESTS = 2000  # their lines are far more than a pipe holds


class Started:
    """A server of two workers whose standard files are the caller's choice."""

    def __init__(self, folder, shell, *options, **files):
        (folder / "app.yaml").write_text(app(), encoding="utf-8")
        command = [servers.langserved_binary(), "serve", folder / "app.yaml", "--host", "127.0.0.1",
                   "--workers", "2", *options]
        self.folder, self.port = folder, None
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" {shell}', "sh", *map(str, command)],
            env={**os.environ, **servers.sanitizer_options(folder)}, **files)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0
        assert not list(self.folder.glob("sanitizer.*"))


@pytest.fixture
def fifo(tmp_path):
    """(the end that is read, the end that is written)"""
    os.mkfifo(tmp_path / "log")
    ends = [os.open(tmp_path / "log", flags) for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY)]
    yield ends
    for end in ends:
        os.close(end)


def read_now(fd):
    data = b""
    while True:
        try:
            data += os.read(fd, 65536)
        except BlockingIOError:
            return data


def test_log_that_nobody_reads(fifo, tmp_path):
    reader, writer = fifo
    with Started(tmp_path, "", "--port", "0", stdin=subprocess.DEVNULL, stderr=writer) as server:
        said = wait_for(lambda: servers.SAID_URL.search(read_now(reader)), 60, "the port")
        server.port = int(said.group(1))
        with Talk(server.port) as talk:
            for _ in range(REQUESTS):
                assert talk.send_raw(HEALTH).read().status == 200
        before = read_now(reader)
        wait_for(lambda: is_up(server) and b'"log_lost"' in read_now(reader), what="log_lost")
        server.stop()
    lines = [json.loads(line) for line in before.rpartition(b"\n")[0].splitlines()]
    assert 0 < len(lines) < REQUESTS


def test_closed_standard_files(tmp_path):
    """Nothing of the server takes their numbers, where log lines would reach it."""
    port = free_port()
    with Started(tmp_path, "<&- >&- 2>&-", "--port", str(port)) as server:
        server.port = port
        wait_for(lambda: answers(server), 60, "the server")
        pid = server.process.pid

        def workers_of():
            return open(f"/proc/{pid}/task/{pid}/children", encoding="ascii").read().split()

        wait_for(lambda: len(workers_of()) == 2, 60, "both workers")
        workers = workers_of()
        for process in (pid, *workers):
            assert {os.readlink(f"/proc/{process}/fd/{fd}") for fd in range(3)} == {"/dev/null"}
        server.stop()


def answers(server):
    try:
        return is_up(server)
    except ConnectionRefusedError:
        return False


def pids(path):
    """The processes that wrote lines to a file."""
    lines = path.read_bytes().splitlines() if path.exists() else ()
    return {json.loads(line)["pid"] for line in lines if line.startswith(b"{")}


@pytest.mark.parametrize("everyone", [False, True])
def test_a_file_that_is_moved_away_is_opened_again(serve, everyone):
    """Also where all processes are told, as pkill does."""
    server = serve(app(), "--workers", "2")
    log, moved = server.log_path, server.folder / "server.log.1"
    workers = children(server)
    log.chmod(0o640)
    log.rename(moved)
    for pid in [server.process.pid, *(workers if everyone else [])]:
        os.kill(pid, signal.SIGUSR1)

    def all_wrote():
        for _ in range(10):
            assert is_up(server)
        return set(workers) <= pids(log)

    wait_for(all_wrote, 30, "lines of both workers")
    size = moved.stat().st_size
    assert log.stat().st_mode & 0o777 == 0o640
    assert is_up(server) and children(server) == workers
    server.stop_cleanly()
    assert moved.stat().st_size == size and server.process.pid in pids(log)


def test_a_file_that_cannot_be_opened_again_goes_on(serve):
    server = serve(app())
    moved = server.folder / "server.log.1"
    server.log_path.rename(moved)
    server.log_path.mkdir()
    server.process.send_signal(signal.SIGUSR1)
    wait_for(lambda: b"log_not_reopened" in moved.read_bytes(), 30, "the reason")
    before = len(moved.read_bytes())
    wait_for(lambda: is_up(server) and len(moved.read_bytes()) > before, 30, "a line")
    server.log_path.rmdir()
    moved.rename(server.log_path)
