"""Questions that are put a second time: the first answer wins, and the other is cancelled."""

import random
import re

import pytest
from openai_rig import KEY, Pair, app_file, post, wait_until
from openai_stub import OpenAIStub

REPLIES = ("The first one speaks, and it is slow.", "Der zweite spricht.")
FIRST = 1000000  # a weight: as good as always
NEVER = {"fault": "stall_before_headers"}


def models(one, two):
    both = [{"base_url": one.base_url, "weight": FIRST}, {"base_url": two.base_url}]
    patient = {"first_byte_timeout": "60s", "idle_timeout": "60s", "timeout": "60s"}
    plain = {"breaker": {"failures": 0, "cooldown": "1ms"}}
    return {
        "both": {"endpoints": both, "hedge": {"after": "50ms"}, **patient, **plain},
        "late": {"endpoints": both, "hedge": {"after": "1h"}, **patient, **plain},
        "alone": {"base_url": one.base_url, "hedge": {"after": "50ms"}, **patient,
                  "breaker": {"failures": 1, "cooldown": "1h", "max_cooldown": "1h"}},
        "resting": {"endpoints": both, "hedge": {"after": "50ms"}, **patient,
                    "breaker": {"failures": 2, "cooldown": "1h", "max_cooldown": "1h"}},
        "wild": {"endpoints": [{**both[0], "weight": 1}, both[1]], "hedge": {"after": "20ms"},
                 "first_byte_timeout": "300ms", "idle_timeout": "300ms", **plain},
        "counted": {"endpoints": both, "hedge": {"after": "50ms"}, "max_concurrent": 1,
                    "queue": 0, **patient, **plain},
    }


@pytest.fixture(scope="module")
def running(launch):
    """Two stubs, and a server in front of them."""
    with OpenAIStub() as one, OpenAIStub() as two:
        server = launch(app_file(one, models(one, two)), env={"STUB_KEY": KEY})
        yield Pair((one, two), server, REPLIES)


@pytest.fixture
def rig(running):
    running.forget()
    return running


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_second_wins_and_the_first_is_cancelled(rig, streamed):
    before = rig.metric("langserved_upstream_hedges_total")
    rig.stub.default(**NEVER)
    assert rig.text("/both", streamed) == REPLIES[1]
    slow, = rig.stub.wait_for(lambda seen: seen if seen[0]["hung_up"] else None)
    assert slow["bytes_sent"] == 0 and len(rig.other.requests()) == 1
    assert rig.metric("langserved_upstream_hedges_total") == before + 1
    assert not rig.logged("run_failed") and not rig.logged("upstream_failover")


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_first_may_still_win(rig, streamed):
    rig.stub.default(fault="stall_before_headers", seconds=1, reply=REPLIES[0])
    rig.other.default(**NEVER)
    assert rig.text("/both", streamed) == REPLIES[0]
    loser, = rig.other.wait_for(lambda seen: seen if seen[0]["hung_up"] else None)
    assert loser["bytes_sent"] == 0


def test_an_answer_that_has_begun_is_not_hedged(rig):
    rig.stub.default(fault="slow", delay_ms=60, reply=REPLIES[0])
    stream = rig.stream("/both")
    assert stream.ended_well and stream.text == REPLIES[0]
    assert not rig.other.requests()


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_answer_in_time_is_not_hedged(rig, streamed):
    assert rig.text("/late", streamed) == REPLIES[0]
    assert not rig.other.requests()


def test_who_hangs_again_and_again_rests(rig):
    rig.stub.default(**NEVER)
    for _ in range(4):
        assert rig.output("/resting")["content"] == REPLIES[1]
    assert len(rig.stub.requests()) == 2 and len(rig.other.requests()) == 4
    line, = rig.logged("endpoint_rests")
    assert line["for_ms"] == 3600000 and line["endpoint"].startswith("1 http")
    assert not rig.logged("circuit_opened")
    rig.stub.default(reply=REPLIES[0])  # it is there when the other one is not
    rig.other.default(fault="status", status=500)
    assert rig.output("/resting")["content"] == REPLIES[0]


def test_one_endpoint_may_be_asked_twice(rig):
    rig.stub.script(NEVER, {"reply": REPLIES[0]})
    assert rig.output("/alone")["content"] == REPLIES[0]
    assert len(rig.stub.requests()) == 2
    assert not rig.logged("endpoint_rests")  # it has answered itself


def test_a_failure_before_that_is_no_hedge(rig):
    rig.stub.default(fault="status", status=400)
    assert rig.invoke("/late")[0] == 500
    assert not rig.other.requests()


@pytest.mark.parametrize("slow, fast", [(0, 1), (1, 0)], ids=["first", "second"])
def test_one_failure_is_none(rig, slow, fast):
    """The one fails, while the other takes its time and then answers."""
    stubs = (rig.stub, rig.other)
    stubs[slow].default(fault="stall_before_headers", seconds=0.5, reply=REPLIES[slow])
    if fast == 0:
        stubs[0].default(fault="stall_before_headers,status", status=400, seconds=0.2)
    else:
        stubs[1].default(fault="status", status=400)
    assert rig.output("/both")["content"] == REPLIES[slow]


def test_both_fail_and_the_first_failure_is_told(rig):
    rig.stub.default(fault="stall_before_headers,status", seconds=0.3, status=404)
    rig.other.default(fault="status", status=400)
    assert rig.invoke("/both")[0] == 500
    assert rig.failure() == "upstream_refused"
    assert "400" in rig.logged("run_failed")[0]["message"]


def test_who_leaves_ends_both(rig):
    rig.stub.default(**NEVER)
    rig.other.default(**NEVER)
    with rig.open("/both/stream", {"input": "x"}):
        wait_until(rig.other.requests)
    for stub in (rig.stub, rig.other):
        stub.wait_for(lambda seen: seen[0]["hung_up"])


def test_a_hedged_run_is_one_run(rig):
    """It has one slot, one step in its events, and one usage."""
    rig.stub.default(**NEVER)
    assert rig.output("/counted")["content"] == REPLIES[1]
    answer = post(rig.server.port, "/both/stream_events", {"input": "x"})
    names = re.findall(r'"event": ?"on_chat_model_(\w+)"', answer.text)
    assert names[0] == "start" and names[-1] == "end"
    assert names.count("start") == names.count("end") == 1 and "stream" in names


def test_the_usage_is_the_winner_s(rig):
    before = rig.metric("langserved_model_tokens_total")
    rig.stub.default(fault="stall_before_headers", seconds=1)
    told = rig.output("/both")["usage_metadata"]["total_tokens"]
    assert rig.metric("langserved_model_tokens_total") == before + told


WILD = [{}, {}, NEVER, {"fault": "stall_before_headers", "seconds": 0.05}, {"fault": "slow"},
        {"fault": "status", "status": 500}, {"fault": "status", "status": 400},
        {"fault": "error_mid_stream"}, {"fault": "reset_mid_stream"}, {"fault": "burst"},
        {"fault": "close_before_headers"}, {"fault": "stall_mid_stream"}]


@pytest.mark.parametrize("seed", range(4))
def test_an_answer_is_one_endpoint_s_and_ends_once(rig, seed):
    dice = random.Random(seed)
    for _ in range(10):
        for stub, reply in zip((rig.stub, rig.other), REPLIES):
            stub.default(**dice.choice(WILD), reply=reply)
        stream = rig.stream("/wild")
        assert stream.ended_well != stream.ended_with_error
        assert stream.names.count("end") + stream.names.count("error") == 1
        assert any(reply.startswith(stream.text) for reply in REPLIES), stream.text
        assert not stream.ended_well or stream.text in REPLIES
        status, output = rig.invoke("/wild")
        assert status == 500 or output["content"] in REPLIES
