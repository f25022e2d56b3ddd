"""Rate limits over HTTP: how many pass, who is counted together, what the answers say."""

import collections
import json
import os
import signal
import subprocess
import threading
import time

import pytest
import servers
from hammer import workers
from limit_talk import ask

MODEL = "models: {m: {provider: fake, responses: [hi]}}\n"


def app(route, server="index: true", more=""):
    """An app whose route /a has the options `route`."""
    return f"server: {{{server}}}\n{MODEL}routes:\n  /a: {{chain: m, {route}}}\n{more}"


def at_once(server, clients, each, path="/a/invoke", headers=lambda client, i: {}):
    """How many answers of each status `clients` threads got, who all began together."""
    statuses, start = collections.Counter(), threading.Barrier(clients)
    lock = threading.Lock()

    def run(client):
        start.wait()
        mine = [ask(server, path, headers=headers(client, i)).status for i in range(each)]
        with lock:
            statuses.update(mine)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(statuses)


def test_exactly_so_many_pass_over_all_workers(serve):
    server = serve(app("limit: 57/hour"), "--workers", "4")
    assert at_once(server, 16, 15) == {200: 57, 429: 16 * 15 - 57}


def test_each_key_is_exact_over_all_workers(serve):
    server = serve(app('limits: [{rate: 7/hour, by: "header:X-User"}]'), "--workers", "4")
    told = at_once(server, 12, 20, headers=lambda client, i: {"X-User": f"u{(client + i) % 5}"})
    assert told == {200: 5 * 7, 429: 12 * 20 - 5 * 7}


def test_what_a_limited_client_sees(serve):
    server = serve(app("limit: 2/hour"))
    first, second, third = (ask(server, "/a/invoke") for _ in range(3))
    assert [first.status, second.status, third.status] == [200, 200, 429]
    assert [first.left, second.left, third.left] == [[1], [0], [0]]
    assert first.headers["ratelimit-policy"] == '"2/hour";q=2;w=3600'
    assert third.json == {"error": "Rate limit exceeded"}
    assert third.headers["content-type"] == "application/json"
    wait = int(third.headers["retry-after"])
    assert 0 < wait <= 7200
    assert third.headers["ratelimit"] == f'"2/hour";r=0;t={wait}'
    assert '"note":"rate_limit_exceeded"' in server.log()


@pytest.mark.parametrize("shape, members", [
    ("langserve", {"error"}), ("json", {"error", "detail", "code", "request_id"}),
    ("problem", {"type", "title", "status", "detail", "instance", "code"}),
])
def test_the_body_has_the_shape_of_errors(serve, shape, members):
    server = serve(app(f"limit: 1/hour, errors: {shape}"))
    assert ask(server, "/a/invoke").status == 200
    told = ask(server, "/a/invoke").json
    assert set(told) == members
    assert told.get("error", "Rate limit exceeded") == "Rate limit exceeded"
    assert told.get("code", "rate_limit_exceeded") == "rate_limit_exceeded"


def test_who_waits_as_told_is_let_through(serve):
    server = serve(app("limit: 3/2s"))
    passed = 0
    for _ in range(40):
        answer = ask(server, "/a/invoke")
        if answer.status == 429:
            time.sleep(int(answer.headers["retry-after"]))
            answer = ask(server, "/a/invoke")
        assert answer.status == 200
        passed += 1
        if passed == 7:  # more than one window holds
            return
    raise AssertionError("it was never limited")


def test_a_burst_is_what_may_come_at_once(serve):
    server = serve(app("limits: [{rate: 60/hour, burst: 2}]"))
    assert [ask(server, "/a/invoke").status for _ in range(3)] == [200, 200, 429]
    assert ask(server, "/a/invoke").headers["ratelimit-policy"] == '"60/hour";q=2;w=120'


def test_every_endpoint_of_a_route_counts_and_no_page_of_the_server(serve):
    server = serve(app("config_keys: [tags]", "limit: 3/hour"))
    for path in ("/health", "/", "/openapi.json", "/docs", "/nowhere"):
        for _ in range(5):
            answer = ask(server, path, None)
            assert answer.status == (404 if path == "/nowhere" else 200)
            assert "ratelimit" not in answer.headers
    assert ask(server, "/a/input_schema", None).left == [2]
    assert ask(server, "/a/playground/", None).left == [1]
    assert ask(server, "/a/c/N4XyA/stream").left == [0]
    assert ask(server, "/a/batch", {"inputs": []}).status == 429


def test_all_limits_must_allow_and_a_refused_request_counts_in_none(serve):
    server = serve(app('limits: [{rate: 100/hour}, {rate: 1/hour, by: "header:X-User"}]',
                       "limits: [{rate: 9/hour, by: global}]"))
    joe, ann = {"X-User": "joe"}, {"X-User": "ann"}
    assert ask(server, "/a/invoke", headers=joe).left == [99, 0, 8]
    for _ in range(5):
        refused = ask(server, "/a/invoke", headers=joe)
        assert (refused.status, refused.left) == (429, [0])
    assert ask(server, "/a/invoke", headers=ann).left == [98, 0, 7]


def test_the_server_s_limits_are_of_all_routes_together(serve):
    server = serve(app("config_keys: [tags]", "limit: 2/hour", "  /b: m\n"))
    assert [ask(server, f"/{route}/invoke").status for route in "aba"] == [200, 200, 429]


def test_who_sends_no_key_is_counted_by_address(serve):
    server = serve(app("limits: [{rate: 1/hour, by: key}]"))
    key = {"X-API-Key": "k" * 16}
    assert [ask(server, "/a/invoke").status for _ in range(2)] == [200, 429]
    assert [ask(server, "/a/invoke", headers=key).status for _ in range(2)] == [200, 429]
    assert ask(server, "/a/invoke", headers={"X-API-Key": "other"}).status == 200
    assert ask(server, "/a/invoke", headers={"X-API-Key": ""}).status == 429


def test_counts_outlive_a_worker(serve):
    server = serve(app("limit: 5/hour"), "--workers", "2")
    assert [ask(server, "/a/invoke").status for _ in range(3)] == [200] * 3
    before = workers(server)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while set(workers(server)) & set(before) or len(workers(server)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [ask(server, "/a/invoke").status for _ in range(3)] == [200, 200, 429]


def test_counts_outlive_a_reload_where_the_limit_stays(serve):
    server = serve(app("limit: 3/hour", more="  /b: {chain: m, limit: 2/hour}\n"))
    assert ask(server, "/a/invoke").left == [2]
    assert ask(server, "/b/invoke").left == [1]
    (server.folder / "app.yaml").write_text(
        app("limit: 3/hour", more="  /b: {chain: m, limit: 4/hour}\n"), encoding="utf-8")
    old = workers(server)
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 60
    while set(workers(server)) & set(old) or not workers(server):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ask(server, "/a/invoke").left == [1]
    assert ask(server, "/b/invoke").left == [3]


@pytest.mark.parametrize("options, told", [
    ("limit: 10/week", "expected a rate such as 10/minute"),
    ("limit: 0/minute", "expected a rate such as 10/minute"),
    ("limits: 10/minute", "limits: expected a list"),
    ("limits: [10/minute]", "limits: expected a mapping such as {rate: 10/minute, by: client}"),
    ("limits: [{by: client}]", "limit: the option 'rate' is missing"),
    ("limits: [{rate: 1/day, burst: 1000}]", "a burst that a year refills"),
    ("limits: [{rate: 1/day, by: cleint}]", "did you mean 'client'?"),
    ('limits: [{rate: 1/day, by: "header:a b"}]', "unknown way to tell requests apart"),
    ("queue: 3", "queue: only beside `max_concurrent`"),
])
def test_mistakes_are_told(tmp_path, options, told):
    file = tmp_path / "app.yaml"
    file.write_text(app(options))
    done = servers.check(file)
    assert done.returncode == 2
    assert told in done.stdout + done.stderr


def test_other_mistakes_of_the_server_are_told(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(app("method: null", "limit: many, trusted_proxies: [10.0.0.0/40]"))
    done = servers.check(file)
    assert done.returncode == 2
    assert "expected a rate" in done.stdout + done.stderr
    assert "such as 10.0.0.0/8, or unix, not '10.0.0.0/40'" in done.stdout + done.stderr


def test_the_schema_for_editors_knows_them():
    text = subprocess.run([servers.langserved_binary(), "config-schema"], capture_output=True,
                          text=True, check=True, timeout=60).stdout
    defs = json.loads(text)["$defs"]
    assert set(defs["limit"]["properties"]) == {"rate", "by", "burst"}
    assert {"limit", "limits", "max_concurrent", "queue"} <= set(defs["route"]["properties"])
    assert all("max_concurrent" in form["properties"] for form in defs["model"]["anyOf"])
