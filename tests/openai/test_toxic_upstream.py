"""A provider behind a network that delays, slices, cuts and drops: the right answer or a clear
failure within the time limits, in streams the truth up to where it broke off, and then all is well."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from openai_rig import app_file
from stub_answers import DEFAULT_REPLY

MILD = [
    ("latency", {"latency": 50, "jitter": 40}),
    ("slicer", {"average_size": 5, "size_variation": 4, "delay": 200}),
    ("slow_close", {"delay": 200}),
    ("bandwidth", {"rate": 20}),
]
HARSH = [  # with the code that each has in the log
    ("latency", {"latency": 3000}, {"upstream_timeout"}),
    ("bandwidth", {"rate": 0}, {"upstream_timeout"}),
    ("timeout", {"timeout": 0}, {"upstream_timeout"}),
    ("timeout", {"timeout": 100}, {"upstream_error"}),
    ("reset_peer", {"timeout": 0}, {"upstream_error"}),
    ("limit_data", {"bytes": 0}, {"upstream_error"}),
    ("limit_data", {"bytes": 100}, {"upstream_error"}),
    ("limit_data", {"bytes": 900}, {"upstream_error"}),
    ("down", {}, {"upstream_unreachable", "upstream_error"}),
]
MODELS = {"plain": {"first_byte_timeout": "1s", "idle_timeout": "1s", "timeout": "5s"},
          "patient": {"first_byte_timeout": "60s", "idle_timeout": "60s", "timeout": "60s"},
          "often": {"max_retries": 4}}


@pytest.fixture
def far(start, stub, poisoner):
    """A server of ours, and the proxy through which it reaches the stub."""
    proxy = poisoner.proxy(int(stub.base_url.rsplit(":", 1)[1].split("/")[0]))
    there = SimpleNamespace(base_url=f"http://127.0.0.1:{proxy.port}/v1")
    return start(stub, app_file(there, models=MODELS)), proxy


def ids(rows):
    return [f"{row[0]}-{'-'.join(map(str, row[1].values()))}" for row in rows]


def play(rig, path, count=6):
    """Answers and streams of clients that come together; all of them, and the longest time."""
    def one(i):
        began = time.monotonic()
        return (rig.stream(path) if i % 2 else rig.invoke(path)), time.monotonic() - began

    with ThreadPoolExecutor(count) as pool:
        told = list(pool.map(one, range(count)))
    answers = [answer for answer, _ in told]
    return answers[0::2], answers[1::2], max(took for _, took in told)


@pytest.mark.parametrize("kind, options", MILD, ids=ids(MILD))
@pytest.mark.parametrize("stream", ["downstream", "upstream"])
def test_a_slow_network_changes_nothing(far, stream, kind, options):
    rig, proxy = far
    proxy.poison(kind, stream, **options)
    answers, streams, _ = play(rig, "/patient")
    assert [output["content"] for _, output in answers] == [DEFAULT_REPLY] * 3
    assert all(s.ended_well and s.text == DEFAULT_REPLY for s in streams)


@pytest.mark.parametrize("kind, options, codes", HARSH, ids=ids(HARSH))
def test_a_broken_network_is_a_clear_failure(far, kind, options, codes):
    rig, proxy = far
    assert rig.output("/plain")["content"] == DEFAULT_REPLY
    proxy.poison(kind, **options)
    answers, streams, took = play(rig, "/plain")
    assert answers == [(500, "Internal Server Error")] * 3
    for stream in streams:
        assert stream.status == 200 and stream.ended_with_error
        assert stream.error == {"status_code": 500, "message": "Internal Server Error"}
        assert DEFAULT_REPLY.startswith(stream.text) and stream.text != DEFAULT_REPLY
    assert took < 40  # its time limits hold, on a busy machine too
    assert {line["error"] for line in rig.wait_logged("run_failed", 6)} <= codes
    proxy.heal()
    assert rig.output("/plain")["content"] == DEFAULT_REPLY


def test_retries_bridge_a_short_outage(far):
    rig, proxy = far
    proxy.poison("down")
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(rig.invoke, "/often") for _ in range(2)]
        time.sleep(0.2)  # the first attempts fail meanwhile
        proxy.heal()
        assert [a.result()[1]["content"] for a in answers] == [DEFAULT_REPLY] * 2
