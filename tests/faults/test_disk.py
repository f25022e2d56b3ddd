"""No room on the disk, for the store and for the log; a store that is locked or no database."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import urllib.request

import pytest
import servers
from raw import children, is_up, one, post, wait_for

APP = """
store: {path: STORE, busy_timeout: 100ms}
models: {echo: {provider: fake, echo: true}}
routes:
  /say: {chain: {chain: [{prompt: "{x}"}, echo, str], cache: {ttl: 1h}}}
  /talk: {chain: {chain: passthrough, history: {}}, input: {}, output: {}}
"""
BIG = "x" * 20_000


@pytest.fixture
def disk(tmp_path):
    """A file system of 256 kB; `disk.grow()` makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def grow(folder):
    subprocess.run(["mount", "-o", "remount,size=32m", folder], check=True)


def say(server, text):
    answer = one(server.port, post("/say/invoke", {"input": {"x": text}}))
    assert answer.status == 200 and json.loads(answer.body)["output"] == text
    return answer


def hits(server):
    with urllib.request.urlopen(server.url + "/stats") as answer:
        return json.load(answer)["cache_hits"]


def is_kept(server, text):
    say(server, text)
    before = hits(server)
    say(server, text)
    return hits(server) > before


def app(tmp_path, store):
    (tmp_path / "app.yaml").write_text(APP.replace("STORE", str(store)))
    return tmp_path / "app.yaml"


def test_a_full_disk_only_keeps_nothing(serve, tmp_path, disk):
    server = serve(app(tmp_path, disk / "store.db"))
    for i in range(40):
        say(server, f"{i}{BIG}")
    assert "full" in server.log()
    grow(disk)
    wait_for(lambda: is_kept(server, "small"), 30)
    assert sqlite3.connect(disk / "store.db").execute("PRAGMA integrity_check").fetchone() == ("ok", )


def test_a_disk_without_any_room_at_the_start(serve, tmp_path, disk):
    """Not even the store's file can be made."""
    (disk / "filler").write_bytes(b"x" * 256 * 1024)
    server = serve(app(tmp_path, disk / "store.db"))
    for i in range(5):
        say(server, f"{i}")
    assert one(server.port, post("/talk/invoke", {"input": "x", "config": {
        "configurable": {"session_id": "s"}}})).status in (200, 503)
    (disk / "filler").unlink()
    wait_for(lambda: is_kept(server, "small"), 30)


class LoggingTo:
    """A server whose log goes to `path` from the start, with `limits` (prlimit's options)."""

    def __init__(self, file, folder, path, *limits):
        self.server = servers.langserved(file, folder)
        self.server.log_path = pathlib.Path(path)
        self.server.command = [*limits, *self.server.command]

    def __enter__(self):
        return self.server.start()

    def __exit__(self, kind, *_):
        if kind:
            self.server.kill()
        else:
            self.server.stop_cleanly()


def whole_lines(data):
    """The log's lines that are JSON, and how many are not (a disk may take half a line)."""
    good, bad = [], 0
    for line in data.splitlines():
        try:
            good.append(json.loads(line))
        except ValueError:
            bad += 1
    return good, bad


def test_a_log_on_a_full_disk(tmp_path, disk):
    """Requests are served; what was lost is told once there is room."""
    with LoggingTo(app(tmp_path, tmp_path / "store.db"), tmp_path, disk / "log") as server:
        (disk / "filler").write_bytes(b"x" * (200 * 1024))
        for i in range(1200):
            say(server, "a")
        assert os.statvfs(disk).f_bfree == 0
        (disk / "filler").unlink()
        wait_for(lambda: is_up(server) and b"log_lost" in (disk / "log").read_bytes(), 30)
        good, bad = whole_lines((disk / "log").read_bytes())
        lost = next(line for line in good if line["event"] == "log_lost")
        assert lost["lines"] > 0 and bad <= 1
        assert len(children(server)) == 1


@pytest.mark.parametrize("cached", [True, False])
def test_a_limit_of_file_sizes(tmp_path, cached):
    """RLIMIT_FSIZE sends a signal that ends who has not thought of it."""
    store, log = tmp_path / "own" / "store.db", tmp_path / "log"
    file = app(tmp_path, store)
    if not cached:  # nobody opens a store, which would think of it
        file.write_text(file.read_text().replace(", cache: {ttl: 1h}", ""))
    with LoggingTo(file, tmp_path, log, "prlimit", "--fsize=150000") as server:
        (worker, ) = children(server)
        for i in range(900):
            say(server, f"{i % 40}{BIG}" if i % 4 == 0 else "a")
        assert log.stat().st_size <= 150_000 and children(server) == [worker]
        os.kill(worker, signal.SIGKILL)  # of which the master has a word to say
        wait_for(lambda: children(server) not in ([], [worker]), 30)
        assert is_up(server)


def test_nobody_reads_the_log_any_more(tmp_path):
    """`langserved serve app.yaml 2>&1 | head`"""
    file = app(tmp_path, tmp_path / "store.db")
    server = servers.langserved(file, tmp_path)
    server.command = ["sh", "-c", f'exec "$@" 2>{tmp_path}/fifo', "sh", *server.command]
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    server.log_path.write_bytes(b"")
    server._find_port = lambda: found(server, reader)
    try:
        server.start()
        os.close(reader)
        (worker, ) = children(server)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: children(server) not in ([], [worker]), 30)
        for _ in range(10):
            say(server, "a")
    finally:
        server.stop_cleanly()


def found(server, reader):
    """Server._find_port() for a log in a pipe."""
    try:
        said = servers.SAID_URL.search(os.read(reader, 65536))
    except BlockingIOError:
        said = None
    if said:
        server.port = int(said.group(1))
        server.url = f"http://127.0.0.1:{server.port}"
    return server.port


def test_a_locked_store_is_done_without(serve, tmp_path):
    store = tmp_path / "own" / "store.db"
    server = serve(app(tmp_path, store))
    assert is_kept(server, "before")
    server.stop_cleanly()
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    server = serve(app(tmp_path, store))
    begun = time.monotonic()
    for i in range(5):
        say(server, f"locked {i}")
    assert time.monotonic() - begun < 20
    assert "locked" in server.log()
    other.execute("ROLLBACK")
    other.close()
    wait_for(lambda: is_kept(server, "after"), 30)
    assert server.log().count("store_failed") == 1


@pytest.mark.parametrize("damage", ["all", "head", "middle", "short", "empty"])
def test_a_corrupt_store(serve, tmp_path, damage):
    """Found at the start or in a page later: requests are served, and there is a store again."""
    store = tmp_path / "own" / "store.db"
    server = serve(app(tmp_path, store))
    for i in range(30):
        say(server, f"{i}{BIG}")
    server.stop_cleanly()
    for log in store.parent.glob("store.db-*"):
        log.unlink()
    whole = store.read_bytes()
    rubbish = bytes(range(256)) * 64
    store.write_bytes({
        "all": rubbish, "head": rubbish[:100] + whole[100:], "empty": b"", "short": whole[:5000],
        "middle": whole[:8192] + rubbish[:len(whole) - 8192] * 30 + whole[8192 + 30 * 16384:],
    }[damage])
    server = serve(app(tmp_path, store))
    for i in range(30):
        say(server, f"{i}{BIG}")
    for i in range(30):
        say(server, f"new {i}{BIG}")
    wait_for(lambda: is_kept(server, "small"), 30)
    aside = [path.name for path in store.parent.iterdir()
             if ".corrupt-" in path.name and not path.name.endswith(("-wal", "-shm"))]
    assert len(aside) == (damage != "empty"), aside
    assert sqlite3.connect(store).execute("PRAGMA integrity_check").fetchone() == ("ok", )
