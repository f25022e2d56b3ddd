"""No file descriptor is left: who is connected is served, others wait, nothing spins, all recovers."""

import os
import pathlib
import resource
import signal
import time

import pytest
import servers
from raw import HEALTH, Talk, children, is_up, log_lines, one, post, wait_for

LIMIT = 64
APP = """
store: {path: STORE}
models:
  echo: {provider: fake, echo: true}
  slow: {provider: fake, responses: [one two three four five six seven eight], chunk: word, delay: 100ms}
  away: {provider: openai, model: m, api_key: k, base_url: "http://127.0.0.1:9/v1", max_retries: 0}
routes:
  /say: {chain: {chain: [{prompt: "{x}"}, echo, str], cache: {ttl: 1h}}}
  /slow: {chain: [slow, str]}
  /away: away
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "app.yaml").write_text(APP.replace("STORE", str(tmp_path / "store.db")))
    server = servers.langserved(tmp_path / "app.yaml", tmp_path)
    server.command = ["prlimit", f"--nofile={LIMIT}:{LIMIT}", *server.command]
    server.start()
    yield server
    server.stop_cleanly()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_many_connections(server):
    (worker, ) = children(server)
    stream = Talk(server.port).send_raw(post("/slow/stream", {"input": "x"}))
    assert stream.file.readline().startswith(b"HTTP/1.1 200")
    idle = descriptors(worker)
    talks = [Talk(server.port) for _ in range(3 * LIMIT)]
    wait_for(lambda: descriptors(worker) == LIMIT, 30)

    # Who is in is served, streams too; what needs one more descriptor fails or is done without.
    taken = talks[:LIMIT - idle - 2]
    for talk in taken:
        assert talk.send_raw(HEALTH).read().status == 200
    assert b"event: end" in stream.rest(last=b"0\r\n\r\n")
    (first, second, third) = taken[:3]
    stream.reset()
    assert first.send_raw(post("/say/invoke", {"input": {"x": "y"}})).read().status == 200
    assert second.send_raw(post("/away/invoke", {"input": "y"})).read().status == 500
    assert third.send_raw(HEALTH).read().status == 200

    # The others wait, and nobody spins over them.
    waiting = talks[-LIMIT:]
    for talk in waiting:
        talk.send_raw(HEALTH)
    spent = cpu_seconds(worker)
    time.sleep(2)
    assert cpu_seconds(worker) - spent < 1, "a busy loop"
    for talk in waiting[:3]:
        with pytest.raises(TimeoutError):
            talk.rest(timeout=0.05)

    # When the others leave, they have their turn.
    for talk in talks[:-LIMIT]:
        talk.reset()
    for talk in waiting[3:30]:
        assert talk.read().status == 200
    for talk in waiting:
        talk.reset()
    wait_for(lambda: descriptors(worker) <= idle + 5, 30)
    assert is_up(server) and children(server) == [worker]
    assert one(server.port, post("/say/invoke", {"input": {"x": "z"}})).status == 200
    assert not [line for line in log_lines(server) if line["event"] in ("worker_died", "worker_hangs")]


def test_the_store_has_none(server):
    """The cache's file cannot be opened: what is cached is made, and told once."""
    (worker, ) = children(server)
    talks = [Talk(server.port) for _ in range(2 * LIMIT)]
    wait_for(lambda: descriptors(worker) == LIMIT, 30)
    for i in range(5):
        asked = post("/say/invoke", {"input": {"x": f"{i}"}})
        assert talks[0].send_raw(asked).read().status == 200
    assert len(log_lines(server, "store_failed")) <= 1
    for talk in talks:
        talk.reset()
    wait_for(lambda: descriptors(worker) < LIMIT - 10, 30)
    wait_for(lambda: is_kept(server), 30)


def is_kept(server):
    def hits():
        return one(server.port, HEALTH.replace(b"/health", b"/stats")).body
    one(server.port, post("/say/invoke", {"input": {"x": "kept"}}))
    before = hits()
    one(server.port, post("/say/invoke", {"input": {"x": "kept"}}))
    return b'"cache_hits":0' not in hits() and hits() != before


def test_a_reload_without_descriptors(server):
    """It is refused or done; the old workers serve, and the next one succeeds."""
    talks = [Talk(server.port) for _ in range(LIMIT // 2)]
    server.process.send_signal(signal.SIGHUP)
    for talk in talks:
        assert talk.send_raw(HEALTH).read().status == 200
        talk.reset()
    assert is_up(server)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > LIMIT  # it was the server's own
