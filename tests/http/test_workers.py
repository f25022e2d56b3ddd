"""The life of workers: readiness, warm-ups, replacement, and what a service manager hears."""

import contextlib
import http.server
import json
import os
import signal
import socket
import threading
import time

import httpx
import pytest
from raw import children, log_lines, wait_for

APP = """
server: {%s}
models:
  m: {provider: fake, responses: [Bonjour]}
  slow: {provider: fake, responses: [x], delay: 300ms}
  broken: {provider: fake, error: it is broken}
routes: {/say: m, /slow: slow, /broken: broken}
"""


def ready(server):
    answer = httpx.get(server.url + "/ready")
    return answer.status_code, answer.json()


def events(server, name):
    return [line for line in log_lines(server) if line["event"] == name]


def say(server):
    return httpx.post(server.url + "/say/invoke", json={"input": "x"}).status_code


def test_health(serve):
    server = serve(APP % "")
    for path in ("/health", "/healthz", "/livez"):
        answer = httpx.get(server.url + path)
        assert answer.json()["status"] == "healthy"
        assert abs(answer.json()["timestamp"] - time.time()) < 60
        assert httpx.head(server.url + path).status_code == 200
    for path in ("/ready", "/readyz"):
        assert httpx.get(server.url + path).json() == {"status": "ready"}


class Provider(http.server.BaseHTTPRequestHandler):
    """A provider's list of models."""
    status, asked = 200, []

    def do_GET(self):
        self.asked.append((self.path, self.headers.get("authorization")))
        self.send_response(Provider.status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def provider(port=0):
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Provider) as stub:
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        yield stub.server_port
        stub.shutdown()


def test_ready_says_which_model_is_down(serve):
    app = """
server: {ready: {models: [chain], every: 100ms, timeout: 1s}}
models: {gpt: {provider: openai, api_key: canary-key, base_url: "http://127.0.0.1:%d/v1"}}
chains: {chain: [{prompt: "{x}"}, gpt, str]}
routes: {/say: chain}
"""
    Provider.status, Provider.asked = 200, []
    with provider() as port:
        server = serve(app % port)
        wait_for(lambda: ready(server) == (200, {"status": "ready"}))
        assert Provider.asked[0] == ("/v1/models", "Bearer canary-key")
        Provider.status = 401
        wait_for(lambda: ready(server) == (503, {"status": "not ready",
                                                 "error": "model chain: it answers 401"}))
        Provider.status = 404  # it has no such list, but it answers
        wait_for(lambda: ready(server)[0] == 200)
    # (the probe that the stub's end cut short is told in other words)
    wait_for(lambda: "could not be reached" in ready(server)[1].get("error", ""))
    assert ready(server)[0] == 503
    assert httpx.get(server.url + "/health").status_code == 200  # it lives all the same
    with provider(port):
        wait_for(lambda: ready(server)[0] == 200)
        assert [line["level"] for line in events(server, "not_ready")] == ["warning"] * 2
    assert "canary-key" not in server.log()


HISTORY = "  /talk: {chain: {chain: passthrough, history: {}}, input: {}, output: {}}\n"
CACHE = "  /kept: {chain: passthrough, cache: {ttl: 1h}}\n"


@pytest.mark.parametrize("routes, said, needed", [
    (HISTORY + CACHE, "", True), (CACHE, "", False), (CACHE, "store: true, ", True),
    (HISTORY, "store: false, ", False)])
def test_ready_says_that_the_store_is_down(serve, redis, routes, said, needed):
    server = serve(f"server: {{ready: {{{said}every: 100ms}}}}\n"
                   f"store: {{url: '{redis.url}', timeout: 1s}}\nroutes:\n{routes}")
    wait_for(lambda: ready(server) == (200, {"status": "ready"}))
    redis.kill()
    path, config = ("kept", {}) if routes == CACHE else ("talk", {"configurable": {"session_id": "s"}})
    answer = httpx.post(f"{server.url}/{path}/invoke", json={"input": "x", "config": config})
    assert answer.status_code == (200 if path == "kept" else 503)
    down = 503, {"status": "not ready", "error": "store: The store is not available"}
    if needed:
        wait_for(lambda: ready(server) == down, 30)
        redis.start()
        wait_for(lambda: ready(server)[0] == 200, 30)
        assert len(events(server, "not_ready")) == len(events(server, "ready_again")) == 1
    assert ready(server)[0] == 200


def test_ready_says_that_the_stores_file_cannot_be_made(serve):
    server = serve("server: {ready: {store: true, every: 100ms}}\nstore: {path: /proc/none/store.db}\n"
                   f"routes:\n{HISTORY}")
    wait_for(lambda: ready(server)[1].get("error") == "store: The store is not available")


def test_warm_ups_come_first(serve):
    server = serve(APP % "warm_up: {slow: hi, broken: hi, m: hi}")
    wait_for(lambda: ready(server)[0] == 200)
    assert {line["message"] for line in events(server, "warm_up")} == {"slow is warm", "m is warm"}
    assert [line["message"].split(":")[0] for line in events(server, "warm_up_failed")] == ["broken"]


@pytest.mark.parametrize("warm_up", ["{broken: hi}", "{at_once: hi}", "{at_once: hi, slow: hi}"])
def test_warm_ups_may_end_at_once(serve, warm_up):
    server = serve((APP % f"warm_up: {warm_up}").replace(
        "routes: {", "chains: {at_once: {chain: passthrough}}\nroutes: {/at_once: at_once, "))
    wait_for(lambda: ready(server) == (200, {"status": "ready"}))


def test_warm_ups_that_take_too_long_are_given_up(serve):
    server = serve((APP % "warm_up: {slow: hi}, ready: {warm_up_timeout: 500ms}").replace(
        "300ms", "1h"))
    wait_for(lambda: ready(server)[0] == 200)
    assert len(events(server, "warm_up_failed")) == 1


@pytest.mark.parametrize("wrong, told", [
    ("warm_up: {nobody: x}", "unknown chain or model 'nobody'"),
    ("ready: {models: [mm]}", "unknown chain or model 'mm'"),
    ("ready: 3", "ready: expected a mapping, not a number"),
    ("recycle: {requests: -1}", "requests"),
])
def test_mistakes_are_told(serve, wrong, told):
    with pytest.raises(AssertionError) as failed:
        serve(APP % wrong)
    assert told in str(failed.value)


def test_not_ready_before_it_drains(serve):
    """A load balancer has time to see it: new connections are served meanwhile."""
    server = serve(APP % "drain_delay: 2s", "--workers", "2")
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: ready(server) == (503, {"status": "not ready", "error": "shutting down"}))
    assert say(server) == 200
    assert server.process.wait(30) == 0


def test_workers_are_recycled_without_loss(serve):
    server = serve(APP % "recycle: {requests: 40}", "--workers", "2")
    first = set(children(server))
    answered = []

    def ask():
        with httpx.Client() as client:
            while len(answered) < 1000 or first & set(children(server)):
                answered.append(client.post(server.url + "/say/invoke", json={"input": "x"})
                                .status_code)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert set(answered) == {200}
    assert len(children(server)) >= 2
    assert not first & set(children(server))
    assert {line["message"].split(":")[0] for line in events(server, "recycle")} == {
        "the limit of requests is reached"}
    assert not events(server, "worker_died")


@pytest.mark.parametrize("limit", ["age: 1s", "memory: 1MB"])
def test_workers_are_recycled_by(serve, limit):
    server = serve(APP % f"recycle: {{{limit}}}")
    first = children(server)
    wait_for(lambda: children(server) and not set(first) & set(children(server)))
    assert say(server) == 200


def test_a_worker_that_hangs_is_replaced(serve):
    server = serve(APP % "watchdog: 2s")
    (worker,) = children(server)
    os.kill(worker, signal.SIGSTOP)
    wait_for(lambda: children(server) not in ([], [worker]))
    assert len(events(server, "worker_hangs")) == 1
    wait_for(lambda: say(server) == 200)


def test_old_workers_serve_until_new_ones_are_warm(serve, tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text(APP % "warm_up: {slow: hi}")
    server = serve(app)
    (old,) = children(server)
    wait_for(lambda: ready(server)[0] == 200)
    app.write_text((APP % "warm_up: {slow: hi}").replace("300ms", "3s"))
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(children(server)) == 2)
    time.sleep(0.5)
    assert old in children(server)
    wait_for(lambda: len(children(server)) == 1)
    assert old not in children(server)
    assert say(server) == 200


def test_a_file_that_kills_who_reads_it_is_refused(serve, tmp_path):
    """It is tried in a process of its own."""
    (tmp_path / "evil.c").write_text(
        "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { _exit(9); }\n")
    os.system(f"cc -shared -fPIC {tmp_path}/evil.c -o {tmp_path}/evil.so")
    app = tmp_path / "app.yaml"
    app.write_text(APP % "")
    server = serve(app)
    (worker,) = children(server)
    app.write_text("routes: {/x: {chain: {lambda: {plugin: ./evil.so, function: f}}}}\n")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: events(server, "reload_refused"))
    assert say(server) == 200
    assert [pid for pid in children(server)] == [worker]


def test_a_service_manager_hears(serve, tmp_path):
    """systemd's protocol: ready, reloading, watched, stopping."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        server = serve(APP % "", env={"NOTIFY_SOCKET": str(tmp_path / "notify"),
                                      "WATCHDOG_USEC": "400000"})

        def hear(wanted):
            said = [manager.recv(100).decode()]
            while said[-1] != wanted:
                said.append(manager.recv(100).decode())
            return said
        hear("READY=1")
        hear("WATCHDOG=1")
        hear("WATCHDOG=1")
        server.process.send_signal(signal.SIGHUP)
        hear("RELOADING=1")
        hear("READY=1")
        server.process.send_signal(signal.SIGTERM)
        hear("STOPPING=1")
    assert json.dumps(server.process.wait(30)) == "0"
