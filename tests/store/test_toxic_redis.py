"""Redis behind a network that delays, slices, cuts and drops: what may do without it does, the rest
says so, and all is well when the network is."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from store_talk import ask

APP = """
server: {limits_store: redis, limits_timeout: 250ms, limits: [{rate: 100000/365d, by: global}]}
store: {url: "redis://127.0.0.1:%d/1", timeout: 400ms, connect_timeout: 400ms}
chains:
  shows: {parallel: {past: {pick: past}, output: {pick: asked}}}
routes:
  /cached: {chain: {parallel: {said: passthrough}}, cache: {ttl: 1h, mark: cached}, input: {}}
  /talks: {chain: {chain: shows, history: {input: asked, history: past, window: 4}}, input: {}}
"""
MILD = [  # a network that is slow, and works
    ("latency", {"latency": 20, "jitter": 10}),
    ("slicer", {"average_size": 3, "size_variation": 2, "delay": 500}),
    ("slow_close", {"delay": 300}),
    ("bandwidth", {"rate": 50}),
]
HARSH = [
    ("latency", {"latency": 5000}),
    ("bandwidth", {"rate": 0}),
    ("timeout", {"timeout": 0}),
    ("timeout", {"timeout": 100}),
    ("reset_peer", {"timeout": 0}),
    ("reset_peer", {"timeout": 30}),
    ("limit_data", {"bytes": 10}),
    ("limit_data", {"bytes": 150}),
    ("down", {}),
]


def play(server, count):
    """Requests of four clients; the statuses of each path, and the longest that one took."""
    def one(i):
        path, began = ("/cached", "/talks")[i % 2], time.monotonic()
        status, output = ask(server, path, f"{i}", session=f"{i}")
        if status == 200:
            assert output.get("said", {"asked": output.get("output")})["asked"] == f"{i}"
        return path, status, time.monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(one, range(count)))
    return ({status for path, status, _ in told if path == "/cached"},
            {status for path, status, _ in told if path == "/talks"}, max(took for *_, took in told))


def lines(server, event):
    return [line for line in map(json.loads, server.log().splitlines()) if line["event"] == event]


def ids(rows):
    return [f"{kind}-{'-'.join(map(str, options.values()))}" for kind, options in rows]


@pytest.mark.parametrize("kind, options", MILD, ids=ids(MILD))
@pytest.mark.parametrize("stream", ["downstream", "upstream"])
def test_a_slow_network_changes_nothing(serve, redis, poisoner, stream, kind, options):
    proxy = poisoner.proxy(redis.port)
    proxy.poison(kind, stream, **options)
    server = serve(APP.replace("400ms", "20s").replace("250ms", "20s") % proxy.port)
    assert play(server, 20)[:2] == ({200}, {200})
    assert ask(server, "/cached", "0")[1]["cached"] is True
    assert not lines(server, "store_failed") and not lines(server, "limits_alone")


@pytest.mark.parametrize("kind, options", HARSH, ids=ids(HARSH))
def test_a_broken_network_is_done_without(serve, redis, poisoner, kind, options):
    proxy = poisoner.proxy(redis.port)
    server = serve(APP % proxy.port)
    assert play(server, 8)[:2] == ({200}, {200})
    proxy.poison(kind, **options)
    cached, talks, took = play(server, 60)
    assert cached == {200} and talks <= {200, 503} and 503 in talks
    assert took < 30  # what waits, waits for a timeout, and not for ever
    # at the most one pair a second, and no line for each request
    assert 1 <= len(lines(server, "store_failed")) <= 30
    assert 1 <= len(lines(server, "limits_alone")) <= 30
    proxy.heal()
    until = time.monotonic() + 60
    while not (ask(server, "/talks", "x")[0] == 200 and lines(server, "store_back") and
               lines(server, "limits_shared") and ask(server, "/cached", "again")[1]["cached"]):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert play(server, 8)[:2] == ({200}, {200})
