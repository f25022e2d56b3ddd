"""GET /metrics: one view over all workers, under the names that dashboards know."""

import json
import os
import pathlib
import re
import signal
import socket
import sys
import time
from concurrent import futures

import httpx
import pytest
import servers

sys.path.insert(0, str(servers.TESTS / "stub"))

from openai_stub import OpenAIStub  # noqa: E402  pylint: disable=wrong-import-position

LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

APP = """
models:
  m: {provider: fake, responses: [Bonjour tout le monde]}
  slow: {provider: fake, responses: [Bonjour tout le monde], delay: 1s}
routes: {/say: m, /slow: slow, /fails: {chain: {lambda: "error('no')"}}}
"""


def scrape(server):
    """{(name, labels as a frozenset of pairs): value}; the text must be of the format."""
    answer = httpx.get(server.url + "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def parsed(text):
    found, families = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in families
            families[name] = kind
        elif not line.startswith("# HELP "):
            name, labels, value = LINE.match(line).groups()
            key = name, frozenset(LABEL.findall(labels or ""))
            assert key not in found, line
            found[key] = float(value)
    return found


def value(found, name, **labels):
    return found.get((name, frozenset(labels.items())))


def total(found, name, **labels):
    return sum(n for (other, pairs), n in found.items()
               if other == name and set(labels.items()) <= pairs)


def post(server, path, value="x"):
    return httpx.post(server.url + path, json={"input": value}, timeout=30)


def eventually(check):
    for _ in range(200):
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("not within 10 s")


def test_requests_are_counted_over_all_workers(serve):
    server = serve(APP, "--workers", "2")
    for _ in range(40):  # a connection each: both workers have some
        assert post(server, "/say/invoke").status_code == 200
    post(server, "/say/c/N4XyA/invoke")
    post(server, "/say/stream")
    httpx.post(server.url + "/say/invoke", json={})
    httpx.get(server.url + "/say/invoke")
    httpx.get(server.url + "/say/playground/app.js")
    post(server, "/fails/invoke")
    found = scrape(server)
    requests = "http_requests_total"
    assert value(found, requests, handler="/say/invoke", method="POST", status="2xx") == 40
    assert value(found, requests, handler="/say/invoke", method="POST", status="4xx") == 1
    assert value(found, requests, handler="/say/c/{config_hash}/invoke", method="POST",
                 status="2xx") == 1
    assert value(found, requests, handler="/say/stream", method="POST", status="2xx") == 1
    assert value(found, requests, handler="/fails/invoke", method="POST", status="5xx") == 1
    assert value(found, requests, handler="none", method="GET", status="4xx") == 1
    assert total(found, requests, handler="/say/playground/{file_path:path}") == 1
    assert value(found, "http_request_size_bytes_sum", handler="/say/stream") == 13
    assert value(found, "http_response_size_bytes_count", handler="/say/invoke") == 41
    assert value(found, "http_response_size_bytes_sum", handler="/say/invoke") > 40 * 90
    duration = {"handler": "/say/invoke", "method": "POST"}
    assert value(found, "http_request_duration_seconds_count", **duration) == 41
    bounds = [le for le in ("0.1", "0.5", "1.0", "+Inf")
              if value(found, "http_request_duration_seconds_bucket", le=le, **duration) is not None]
    assert len(bounds) == 4
    assert value(found, "http_request_duration_highr_seconds_bucket", le="+Inf") == \
        value(found, "http_request_duration_highr_seconds_count") == total(found, requests)
    assert value(found, "http_requests_in_progress", handler="/metrics", method="GET") == 1
    assert value(found, "http_requests_in_progress", **duration) == 0


def test_runs_are_counted(serve):
    server = serve(APP, "--workers", "2")
    for path in ("invoke", "stream", "stream_log", "stream_events"):
        post(server, f"/say/{path}")
    httpx.post(server.url + "/say/batch", json={"inputs": ["a", "b", "c"]})
    post(server, "/fails/invoke")
    found = scrape(server)
    assert value(found, "langserved_runs_total", route="/say", outcome="well") == 7
    assert total(found, "langserved_runs_total", route="/fails") == 1
    assert value(found, "langserved_time_to_first_token_seconds_count", route="/say") == 1
    assert value(found, "langserved_overhead_seconds_count", route="/say") == 4
    assert value(found, "langserved_open_streams") == 0
    assert value(found, "langserved_workers") == 2
    assert value(found, "langserved_worker_resident_memory_bytes", worker="2") > 1 << 20
    assert total(found, "langserved_build_info") == 1
    assert time.time() - 60 < value(found, "process_start_time_seconds") <= time.time()


def worker_at_the_end_of(answer):
    """The process that has the other end of the connection: its inode is behind one of the
    descriptors in /proc."""
    own = answer.extensions["network_stream"].get_extra_info("socket")
    here, there = own.getsockname()[1], own.getpeername()[1]
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        if [int(address.split(":")[1], 16) for address in parts[1:3]] == [there, here]:
            wanted = f"socket:[{parts[9]}]"
    for fd in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(fd) == wanted:
                return int(fd.parts[2])
        except OSError:
            pass
    raise AssertionError("nobody has the connection")


def test_a_killed_worker_leaves_no_open_streams(serve):
    server = serve(APP, "--workers", "3")
    with httpx.stream("POST", server.url + "/slow/stream", json={"input": "x"},
                      timeout=30) as answer:
        chunks = answer.iter_raw()  # the client hangs up when this goes
        assert next(chunks)
        found = scrape(server)
        assert value(found, "langserved_open_streams") == 1
        assert value(found, "http_requests_in_progress", handler="/slow/stream", method="POST") == 1
        busy = worker_at_the_end_of(answer)
        os.kill(busy, signal.SIGKILL)
        eventually(lambda: value(scrape(server), "langserved_worker_restarts_total") == 1)
    found = scrape(server)
    assert value(found, "langserved_open_streams") == 0
    assert value(found, "http_requests_in_progress", handler="/slow/stream", method="POST") == 0
    assert value(found, "langserved_workers") == 3
    assert server.process.poll() is None


def test_paths_and_methods_of_clients_make_no_series(serve):
    server = serve(APP, "--workers", "2")
    with httpx.Client() as client:
        for i in range(300):
            client.request("GET" if i % 3 else "PROPFIND", f"{server.url}/wp-{i}/login.php?{i}")
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        raw.recv(1000)
    found = scrape(server)
    series = [dict(labels) for name, labels in found if name == "http_requests_total"]
    assert {(one["handler"], one["method"]) for one in series if one["handler"] == "none"} == {
        ("none", "GET"), ("none", "other")}
    assert value(found, "http_requests_total", handler="none", method="GET", status="4xx") == 200


def test_it_can_be_switched_off(serve):
    server = serve("server: {metrics: false}\n" + APP)
    assert httpx.get(server.url + "/metrics").status_code == 404
    on = serve(APP, "--workers", "2")
    assert httpx.head(on.url + "/metrics").status_code == 200


def test_what_gates_refuse_is_counted(serve, tmp_path):
    server = serve("""
server: {workers: 1}
store: {path: "%s"}
models: {slow: {provider: fake, responses: [hi], delay: 2s}}
chains: {same: {chain: passthrough, cache: {ttl: 1h}}}
routes:
  /one: {chain: slow, max_concurrent: 1, queue: 1, queue_timeout: 20s}
  /rate: {chain: passthrough, limits: [{rate: 1/hour}]}
  /kept: {chain: same}
  /locked: {chain: passthrough, auth: {keys: {k: secret-key-of-k}}}
""" % (tmp_path / "store.db"))
    refused = lambda reason: value(scrape(server), "langserved_requests_refused_total", reason=reason)
    waiting = lambda: value(scrape(server), "langserved_slots_waiting") or 0
    with futures.ThreadPoolExecutor(3) as pool:
        first = pool.submit(post, server, "/one/invoke")
        eventually(lambda: value(scrape(server), "http_requests_in_progress",
                                 handler="/one/invoke", method="POST"))
        second = pool.submit(post, server, "/one/invoke")
        eventually(lambda: waiting() == 1)
        assert post(server, "/one/invoke").status_code == 503
        assert {first.result().status_code, second.result().status_code} == {200}
    assert waiting() == 0
    assert refused("busy") == 1 and refused("rate") is None
    assert [post(server, "/rate/invoke").status_code for _ in range(3)] == [200, 429, 429]
    assert [post(server, "/locked/invoke").status_code for _ in range(2)] == [401, 401]
    assert (refused("rate"), refused("key"), refused("busy")) == (2, 2, 1)
    for text in "a", "b", "a", "a":
        assert post(server, "/kept/invoke", text).status_code == 200
    found = scrape(server)
    assert [value(found, "langserved_cache_lookups_total", result=result)
            for result in ("hit", "miss")] == [2, 2]


def test_keys_that_cannot_be_looked_up_are_no_wrong_ones(serve):
    server = serve("""
store: {path: /proc/none/store.db}
auth: {store: true, keys: {k: secret-key-of-k}}
routes: {/a: passthrough}
""")

    def asked(key):
        headers = {"X-API-Key": key} if key else {}
        return httpx.post(server.url + "/a/invoke", json={"input": 1}, headers=headers).status_code

    def refused(reason):
        return value(scrape(server), "langserved_requests_refused_total", reason=reason)

    assert [asked("unknown") for _ in range(2)] == [503, 503]
    assert (refused("store"), refused("key")) == (2, None)
    assert (asked("secret-key-of-k"), asked(None)) == (200, 401)
    assert (refused("store"), refused("key")) == (2, 1)


def upstream_app(url, **options):
    model = {"provider": "openai", "base_url": url, "api_key": "k", "model": "gpt-4o-mini",
             "max_retries": 0, **options}
    return json.dumps({"models": {"m": model}, "routes": {"/chat": "m"}})


def test_other_servers_are_counted(serve):
    with OpenAIStub() as stub:
        server = serve(upstream_app(stub.base_url, stream_usage=True))
        assert post(server, "/chat/invoke").status_code == 200
        assert "event: end" in post(server, "/chat/stream").text
        found = scrape(server)
        stub.script({"fault": "status", "status": 503})
        post(server, "/chat/invoke")
        failed = scrape(server)
        assert value(failed, "langserved_upstream_errors_total", kind="503") == 1
        assert value(failed, "langserved_upstream_requests_total", outcome="error") == 1
        stub.script({"fault": "error_in_200"}, {"fault": "error_mid_stream"})
        post(server, "/chat/invoke")
        post(server, "/chat/stream")
        failed = scrape(server)
        assert value(failed, "langserved_upstream_requests_total", outcome="error") == 3
        assert value(failed, "langserved_upstream_requests_total", outcome="well") == 2
    assert value(found, "langserved_upstream_requests_total", outcome="well") == 2
    tokens = "langserved_tokens_total"
    assert value(found, tokens, route="/chat", kind="input") > 0
    for kind in ("input", "output"):
        assert value(found, tokens, route="/chat", kind=kind) == value(
            found, "langserved_model_tokens_total", model="gpt-4o-mini", kind=kind)
    assert value(found, "langserved_upstream_active") == 0
    nobody = serve(upstream_app("http://127.0.0.1:1/v1", max_retries=1))
    post(nobody, "/chat/invoke")
    found = scrape(nobody)
    assert value(found, "langserved_upstream_requests_total", outcome="error") == 2
    assert value(found, "langserved_upstream_errors_total", kind="upstream_unreachable") == 2
    assert value(found, "langserved_upstream_retries_total") == 1
    assert value(found, "langserved_runs_total", route="/chat", outcome="upstream_unreachable") == 1
    # The second attempt comes after a wait, which is no work of ours.
    assert value(found, "langserved_overhead_seconds_bucket", route="/chat", le="0.1") == 1


def test_a_client_that_leaves_cancels_what_was_asked(serve):
    with OpenAIStub() as stub:
        stub.default(delay_ms=20000)
        server = serve(upstream_app(stub.base_url))
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url + "/chat/invoke", json={"input": "x"}, timeout=1)
        cancelled = {"outcome": "cancelled"}
        eventually(lambda: value(scrape(server), "langserved_upstream_requests_total", **cancelled))
        found = scrape(server)
    assert value(found, "langserved_runs_total", route="/chat", outcome="cancelled") == 1
    assert value(found, "http_requests_total", handler="/chat/invoke", method="POST",
                 status="4xx") == 1
    assert value(found, "langserved_upstream_active") == 0


def test_counters_survive_a_reload_which_may_bring_new_metrics(tmp_path):
    file = tmp_path / "app.yaml"
    plain = "routes: {/say: {chain: {chain: passthrough%s}}}\n"
    file.write_text(plain % "")
    server = servers.langserved(file, tmp_path, "--workers", "2").start()
    try:
        post(server, "/say/invoke")
        file.write_text("metrics: {says_total: {type: counter}}\n" +
                        plain % ", measure: {counter: says_total}")
        server.process.send_signal(signal.SIGHUP)

        def is_new():
            post(server, "/say/invoke")
            return value(scrape(server), "says_total")

        eventually(is_new)
        # What has mistakes changes nothing.
        file.write_text("metrics: {says_total: {type: gauge}}\n" + plain % "")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: "reload_refused" in server.log())
        before = value(scrape(server), "says_total")
        post(server, "/say/invoke")
        found = scrape(server)
        assert value(found, "says_total") == before + 1
        assert total(found, "langserved_runs_total", route="/say") > before + 1
        assert value(found, "langserved_worker_restarts_total") == 0
        assert value(found, "langserved_workers") in (2, 3, 4)  # the old ones may still drain
    finally:
        server.stop_cleanly()
