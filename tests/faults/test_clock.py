"""The wall clock is set forward and back by 400 days while the server runs."""

import http.client
import json
import os
import pathlib
import time

import httpx
import pytest
import servers
from collector import Collector

LIBRARY = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
APP = """
store: {path: STORE}
server: {secret: "a secret of sixteen bytes", watchdog: 5s, idle_timeout: 30s}
auth:
  store: true
  keys:
    ann: {key: "${ANN_KEY}"}
    soon: {key: "${SOON_KEY}", expires: SOON}
models:
  slow: {provider: fake, responses: [one two three four five six seven eight], chunk: word, delay: 100ms}
  echo: {provider: fake, echo: true}
routes:
  /stream: {chain: [slow, str], auth: none}
  /timeout: {chain: {model: {provider: fake, responses: [x], delay: 60s}, timeout: 500ms}, auth: none}
  /limited: {chain: passthrough, limit: 3/hour, auth: none}
  /cached: {chain: {chain: [{prompt: "{x}"}, echo, str]}, cache: {ttl: 1h}, auth: none, feedback_keys: [k]}
  /keyed: {chain: passthrough}
  /talk:
    chain: {chain: {parallel: {past: {pick: past}, output: {pick: asked}}},
            history: {input: asked, history: past, ttl: 1d}}
    input: {}
    auth: none
"""


class Clock:
    """The wall clock of a server; its steady clock is left alone."""

    def __init__(self, folder):
        self.file = folder / "clock"
        self.set("+0")
        self.env = {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.file),
                    "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, offset):
        self.file.with_suffix(".new").write_text(offset + "\n")
        os.replace(self.file.with_suffix(".new"), self.file)


@pytest.fixture
def clock(tmp_path):
    if not LIBRARY:
        pytest.skip("libfaketime is not installed")
    return Clock(tmp_path)


@pytest.fixture
def server(clock, tmp_path):
    binary = servers.release_binary()
    if not binary:
        pytest.skip("build/langserved is not there, and sanitizers bear no preloaded library")
    collector = Collector()
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400))
    (tmp_path / "app.yaml").write_text(
        APP.replace("STORE", str(tmp_path / "store.db")).replace("SOON}", soon + "}"))
    server = servers.langserved(tmp_path / "app.yaml", tmp_path, env={
        **clock.env, "ANN_KEY": "key-of-ann", "SOON_KEY": "key-that-ends-soon",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"})
    server.command[0] = binary
    server.collector = collector
    server.start()
    yield server
    server.stop_cleanly()
    collector.close()


def call(server, path, value="x", key=None):
    headers = {"X-API-Key": key} if key else {}
    return httpx.post(server.url + path, json={"input": value}, headers=headers, timeout=30)


def health(server):
    """What the server takes for the time."""
    return httpx.get(server.url + "/health").json()["timestamp"]


JUMPS = ["+400d", "-400d", "+20000d"]  # the last one beyond 2038


@pytest.mark.parametrize("jump", JUMPS)
def test_what_runs_goes_on(server, clock, jump):
    """Streams, time limits, rates, connections that are kept: they go by the steady clock."""
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    kept.request("GET", "/health")
    kept.getresponse().read()
    for _ in range(3):
        assert call(server, "/limited/invoke").status_code == 200
    words = []
    with httpx.stream("POST", server.url + "/stream/stream", json={"input": "x"},
                      timeout=30) as answer:
        for line in answer.iter_lines():
            if line.startswith('data: "'):
                words.append(json.loads(line[6:]))
                if len(words) == 2:
                    clock.set(jump)
    assert "".join(words) == "one two three four five six seven eight"
    assert abs(health(server) - time.time()) > 300 * 86400  # it was set
    assert call(server, "/limited/invoke").status_code == 429  # no hour has passed
    begun = time.monotonic()
    assert call(server, "/timeout/invoke").status_code == 504
    assert time.monotonic() - begun < 20
    kept.request("GET", "/health")
    assert kept.getresponse().read()
    clock.set("+0")
    assert call(server, "/limited/invoke").status_code == 429
    assert call(server, "/stream/invoke").json()["output"].endswith("eight")
    log = server.log()
    assert "worker_hangs" not in log and "worker_died" not in log
    spans = server.collector.wait_for(lambda c: len(c.spans()) > 12 and c.spans())
    took = [int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) for span in spans]
    assert min(took) >= 0 and max(took) < 60e9  # the stream is among them
    metrics = httpx.get(server.url + "/metrics").text
    sums = [float(line.split()[-1]) for line in metrics.splitlines()
            if "seconds_sum" in line]
    assert sums and all(0 <= value < 600 for value in sums)


def test_what_has_a_date_goes_by_it(server, clock):
    """Keys, tokens and results that are kept end by the wall clock, and come back with it."""
    answer = call(server, "/cached/invoke", {"x": "y"}).json()
    token = answer["metadata"]["feedback_tokens"][0]["token_url"].rpartition("/")[2]

    def feedback():
        return httpx.post(server.url + "/cached/token_feedback", timeout=30,
                          json={"token_or_url": token, "score": 1}).status_code

    ann, soon = "key-of-ann", "key-that-ends-soon"
    expected = {"+0": (200, 200, 200), "+400d": (200, 403, 401), "-400d": (200, 200, 200)}
    for offset in ("+0", "+400d", "+0", "-400d", "+0"):
        clock.set(offset)
        assert call(server, "/keyed/invoke", key=ann).status_code == expected[offset][0]
        assert call(server, "/keyed/invoke", key=soon).status_code == expected[offset][1], offset
        assert (feedback() == 200) == (expected[offset][2] == 200), offset


def test_no_result_outlives_its_time(server, clock):
    """What was kept while the clock was ahead is not given for the 400 days and an hour."""

    def is_hit(value):
        before = httpx.get(server.url + "/stats").json()["cache_hits"]
        assert call(server, "/cached/invoke", {"x": value}).status_code == 200
        return httpx.get(server.url + "/stats").json()["cache_hits"] > before

    clock.set("+400d")
    assert not is_hit("future") and is_hit("future")
    clock.set("+0")
    assert not is_hit("future") and is_hit("future")
    clock.set("-400d")
    assert not is_hit("future") and is_hit("future")
    clock.set("+0")
    assert not is_hit("future") and is_hit("future")  # that of 400 days ago has ended


def test_conversations_come_back_with_the_clock(server, clock):
    """A clock set forward makes them expire; what nobody asked for meanwhile was not removed."""

    def past(session):
        answer = httpx.post(server.url + "/talk/invoke", timeout=30, json={
            "input": {"asked": "x"}, "config": {"configurable": {"session_id": session}}})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["output"]["past"])

    assert past("ann") == 0 and past("ann") == 2
    for name in ("bob", "carl"):
        clock.set("+400d")
        for i in range(20):  # by whichever worker
            assert past(f"{name}-{i}") == 0
        clock.set("+0")
        assert past(f"{name}-0") == 2
    assert past("ann") == 4
