"""Models with several endpoints: turns, what follows a failure, and circuits."""

import json
import random
import urllib.error
import urllib.request

import pytest
from anthropic_stub import AnthropicStub
from ollama_stub import OllamaStub
from openai_rig import KEY, Pair, Rig, app_file, post, wait_until
from openai_stub import OpenAIStub
from ports import free_port

OTHER = "sk-Other-0123456789abcdefABCDEF"
KEYS = {"STUB_KEY": KEY, "OTHER_KEY": OTHER}
SHORT = {"failures": 0, "cooldown": "1ms"}  # what an endpoint did is soon forgotten
FIRST = 1000000  # a weight: as good as always
REPLIES = ("The first one speaks.", "Der zweite spricht: 你好。")


def nobody():
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}/v1"


def models(one, two):
    first = {"base_url": one.base_url, "api_key": "${STUB_KEY}"}
    second = {"base_url": two.base_url, "api_key": "${OTHER_KEY}"}
    both = [{**first, "weight": FIRST}, second]
    circuit = {"failures": 3, "cooldown": "200ms"}
    return {
        "turns": {"endpoints": [{**first, "weight": 3}, {**second, "model": "gpt-other"}]},
        "keys": {"base_url": two.base_url, "api_key": None,
                 "api_keys": ["${STUB_KEY}", "${OTHER_KEY}"], "breaker": SHORT},
        "both": {"endpoints": both, "breaker": SHORT, "first_byte_timeout": "300ms",
                 "idle_timeout": "300ms"},
        "again": {"endpoints": both, "breaker": SHORT, "max_retries": 2},
        "away": {"endpoints": [{**first, "base_url": nobody(), "weight": FIRST}, second],
                 "breaker": SHORT},
        "equal": {"endpoints": [first, second], "breaker": SHORT, "first_byte_timeout": "300ms",
                  "idle_timeout": "300ms", "max_retries": 1},
        "circuit": {"endpoints": both, "breaker": circuit},
        "alone": {"base_url": one.base_url, "breaker": {**circuit, "cooldown": "1h"}},
        "probed": {"base_url": one.base_url, "breaker": circuit, "first_byte_timeout": "60s"},
        "watched": {"base_url": one.base_url, "max_retries": 9, "breaker": {"failures": 2}},
    }


@pytest.fixture(scope="module")
def running(launch):
    """Two stubs, each with a key of its own, and a server in front of them."""
    with OpenAIStub(api_key=KEY) as one, OpenAIStub(api_key=OTHER) as two:
        yield Pair((one, two), launch(app_file(one, models(one, two)), env=KEYS), REPLIES)


@pytest.fixture
def rig(running):
    running.forget()
    return running


def counts(rig):
    return [len(stub.requests()) for stub in (rig.stub, rig.other)]


def test_turns_go_by_weight(rig):
    for _ in range(8):
        rig.output("/turns")
    assert counts(rig) == [6, 2]
    assert {r["json"]["model"] for r in rig.stub.requests()} == {"gpt-4o-mini"}
    assert {r["json"]["model"] for r in rig.other.requests()} == {"gpt-other"}


def test_each_endpoint_gets_its_own_key_alone(rig):
    for _ in range(8):
        rig.output("/turns")
    for stub, key in ((rig.stub, KEY), (rig.other, OTHER)):
        assert {r["headers"]["authorization"] for r in stub.requests()} == {f"Bearer {key}"}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_key_that_is_refused_gives_way_to_another(rig, streamed):
    for _ in range(4):
        assert rig.text("/keys", streamed) == REPLIES[1]
    keys = [r["headers"]["authorization"] for r in rig.other.requests()]
    assert keys.count(f"Bearer {OTHER}") == 4 and f"Bearer {KEY}" in keys
    logged = rig.logged("upstream_failover")
    assert logged and all(line["endpoint"].startswith("1 http") for line in logged)
    assert KEY not in rig.log() and OTHER not in rig.log()


FAULTS = [
    {"fault": "status", "status": 429, "retry_after_ms": 1},
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 503, "text": "no JSON"},
    {"fault": "status", "status": 401},
    {"fault": "status", "status": 403},
    {"fault": "html_page"},
    {"fault": "error_in_200"},
    {"fault": "garbage_http"},
    {"fault": "huge_header"},
    {"fault": "close_before_headers"},
    {"fault": "reset_before_headers"},
    {"fault": "stall_before_headers"},
    {"fault": "error_mid_stream", "after": 0},
    {"fault": "close_mid_stream", "after": 0},
    {"fault": "garbage_json", "after": 0},
]


def name_of(step):
    return "-".join(str(value) for value in step.values())


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("step", FAULTS, ids=name_of)
def test_a_failure_is_followed_by_the_other_endpoint_at_once(rig, step, streamed):
    rig.stub.default(**step)
    assert rig.text("/both", streamed) == REPLIES[1]
    assert len(rig.other.requests()) == 1 and rig.stub.requests()
    assert len(rig.logged("upstream_failover")) == 1
    assert not rig.logged("upstream_retry") and not rig.logged("run_failed")


def test_an_endpoint_where_nobody_is(rig):
    assert rig.text("/away", True) == REPLIES[1]
    line, = rig.logged("upstream_failover")
    assert line["endpoint"].startswith("1 http://127.0.0.1:")


@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_is_wrong_with_the_request_is_wrong_everywhere(rig, status):
    rig.stub.default(fault="status", status=status)
    assert rig.invoke("/both")[0] == 500
    assert counts(rig) == [1, 0] and not rig.logged("upstream_failover")


@pytest.mark.parametrize("step", [{"fault": "error_mid_stream"}, {"fault": "close_mid_stream"},
                                  {"fault": "stall_mid_stream"}], ids=name_of)
def test_nothing_follows_the_first_chunk(rig, step):
    rig.stub.default(**step, reply=REPLIES[0])
    stream = rig.stream("/both")
    assert stream.ended_with_error and REPLIES[0].startswith(stream.text) and stream.text
    assert counts(rig) == [1, 0]


def test_waits_come_when_all_were_tried(rig):
    """503 from both, and from the first once more; the fourth attempt is answered."""
    rig.stub.script({"fault": "status", "status": 503, "retry_after_ms": 1, "times": 9})
    rig.other.script({"fault": "status", "status": 503, "retry_after_ms": 1})
    assert rig.output("/again")["content"] == REPLIES[1]
    assert len(rig.logged("upstream_failover")) == 1
    assert [line["attempt"] for line in rig.logged("upstream_retry")] == [2, 3]


def test_all_fail(rig):
    for stub in (rig.stub, rig.other):
        stub.default(fault="status", status=503, retry_after_ms=1)
    assert rig.invoke("/again")[0] == 500
    assert sum(counts(rig)) == 4  # each once, and two further attempts
    assert rig.failure() == "upstream_error"


# ---- circuits ----

def test_a_circuit_opens_is_tried_and_closes(rig):
    before = rig.metric("langserved_upstream_circuit_opened_total")
    rig.stub.default(fault="status", status=500)
    for _ in range(3):
        assert rig.output("/circuit")["content"] == REPLIES[1]
    line, = rig.logged("circuit_opened")
    assert line["model"] == "gpt-4o-mini" and line["for_ms"] == 200
    assert line["endpoint"] == f"1 {rig.stub.base_url}" and "500" in line["message"]
    assert rig.metric("langserved_upstream_circuit_open") == 1
    assert rig.metric("langserved_upstream_circuit_opened_total") == before + 1
    rig.stub.default(reply=REPLIES[0])
    wait_until(lambda: rig.output("/circuit")["content"] == REPLIES[0])
    assert len(rig.logged("circuit_closed")) == 1
    assert rig.metric("langserved_upstream_circuit_open") == 0
    assert len(rig.logged("circuit_opened")) == 1


@pytest.mark.parametrize("step", [{"fault": "status", "status": 429, "retry_after_ms": 1},
                                  {"fault": "status", "status": 400}], ids=name_of)
def test_an_endpoint_that_answers_is_alive(rig, step):
    rig.stub.default(**step)
    for _ in range(6):
        rig.invoke("/circuit")
    assert not rig.logged("circuit_opened")


def test_when_all_circuits_are_open_runs_fail_at_once(rig):
    rig.stub.default(fault="status", status=500)
    for _ in range(3):
        assert rig.invoke("/alone")[0] == 500
    asked = len(rig.stub.requests())
    status, text = rig.invoke("/alone")
    assert status == 503 and "not available" in text
    assert rig.failure() == "upstream_unavailable"
    wait = int(post(rig.server.port, "/alone/invoke", {"input": "x"}).headers["retry-after"])
    assert 3000 < wait <= 3600  # the circuit's cooldown is an hour
    stream = rig.stream("/alone")
    assert stream.ended_with_error and stream.error["status_code"] == 503
    assert len(rig.stub.requests()) == asked
    assert rig.output("/turns")  # other models have circuits of their own


def test_one_request_tries_an_open_circuit(rig):
    """Two come when it is time: one is let through, and the other is refused; the one that is let
    through leaves, and the next one is let through."""
    rig.stub.default(fault="status", status=500)
    for _ in range(3):
        rig.invoke("/probed")
    rig.stub.reset()
    rig.stub.default(fault="stall_before_headers")
    probes = []
    wait_until(lambda: probes.append(rig.open("/probed/invoke", {"input": "x"})) or
               rig.stub.requests())
    status, _ = rig.invoke("/probed")
    assert status == 503 and len(rig.stub.requests()) == 1
    for probe in probes:
        probe.__exit__()
    rig.stub.wait_for(lambda seen: seen[0]["hung_up"])
    rig.stub.default(reply=REPLIES[0])
    wait_until(lambda: rig.invoke("/probed")[0] == 200)
    assert len(rig.logged("circuit_closed")) == 1


def test_retries_end_when_the_circuit_opens(rig):
    rig.stub.default(fault="status", status=500, retry_after_ms=1)
    assert rig.invoke("/watched")[0] == 500
    assert len(rig.stub.requests()) == 2 and rig.failure() == "upstream_error"


# ---- whatever happens ----

WILD = [
    None, None,
    *FAULTS[:8],
    {"fault": "error_mid_stream"}, {"fault": "garbage_json"}, {"fault": "reset_mid_stream"},
    {"fault": "close_mid_stream"}, {"fault": "no_done"}, {"fault": "one_byte"}, {"fault": "burst"},
    {"fault": "stall_mid_stream"}, {"fault": "null_choices"}, {"fault": "bad_chunk"},
]


@pytest.mark.parametrize("seed", range(6))
def test_an_answer_is_one_endpoint_s_and_ends_once(rig, seed):
    """Whatever both do: a stream is the beginning of one of the two answers, the whole of it where
    it ends well, and there is one end."""
    dice = random.Random(seed)
    for _ in range(12):
        for stub, reply in zip((rig.stub, rig.other), REPLIES):
            step = dice.choice(WILD) or {}
            stub.default(**step, reply=reply)
        stream = rig.stream("/equal")
        garbled = "garbage_json" in str(rig.stub.requests()[-1:] + rig.other.requests()[-1:])
        assert stream.ended_well != stream.ended_with_error
        assert stream.names.count("end") + stream.names.count("error") == 1
        assert any(reply.startswith(stream.text) for reply in REPLIES) or garbled, stream.text
        if stream.ended_well and not garbled:
            assert stream.text in REPLIES
        status, output = rig.invoke("/equal")
        assert status == 500 or output["content"] in REPLIES


# ---- rates ----

@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_tokens_that_a_provider_tells_count(start, stub, streamed):
    """It says 900 of 1000: less than that is left, though the texts are short."""
    rig = start(stub, app_file(stub, {"m": {"tokens": "1000/day", "queue": 0, "stream_usage": True}}))
    stub.default(usage={"prompt_tokens": 400, "completion_tokens": 500, "total_tokens": 900})
    assert rig.text("/m", streamed)
    assert rig.invoke("/m", "x" * 1000)[0] == 503
    assert rig.text("/m", streamed)  # a few are left
    assert rig.invoke("/m")[0] == 503


def test_tokens_that_are_told_again_and_again_count_once(start, stub):
    """It says 200, 300, 400 and 500 of 1000, which are 500."""
    told = [{"prompt_tokens": 100, "completion_tokens": more, "total_tokens": 100 + more}
            for more in (100, 200, 300, 400)]
    between = "\n\ndata: ".join(json.dumps({"choices": [], "usage": usage}) for usage in told[:3])
    rig = start(stub, app_file(stub, {"m": {"tokens": "1000/day", "queue": 0, "stream_usage": True}}))
    stub.default(fault="garbage_json", text=between, usage=told[3])
    stream = rig.stream("/m")
    assert stream.ended_well, rig.log()
    assert [chunk["usage_metadata"]["total_tokens"] for chunk in stream.chunks
            if chunk.get("usage_metadata")] == [200, 300, 400, 500]
    assert rig.invoke("/m", "x" * 2400)[0] == 503  # some 600: so many are not left
    stub.default(usage=told[3])
    assert rig.invoke("/m", "x" * 1600)[0] == 200  # some 400


# ---- readiness, and other providers ----

def readiness(rig):
    try:
        with urllib.request.urlopen(f"{rig.server.url}/ready", timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_one_endpoint_that_answers_makes_a_model_ready(start, stub):
    here, gone = {"base_url": stub.base_url}, {"base_url": nobody()}
    ready = {"ready": {"models": ["m"], "every": "100ms", "timeout": "5s"}}
    rig = start(stub, app_file(stub, {"m": {"endpoints": [gone, here]}}, server=ready))
    wait_until(lambda: readiness(rig) == 200)
    rig = start(stub, app_file(stub, {"m": {"endpoints": [gone, gone]}}, server=ready))
    rig.wait_logged("not_ready")  # of the model: once
    assert readiness(rig) == 503


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("provider, stub_of, path", [
    ("anthropic", AnthropicStub, ""), ("ollama", OllamaStub, ""),
    ("openai-completion", OpenAIStub, "/v1")])
def test_other_providers_have_endpoints_too(serve, provider, stub_of, path, streamed):
    with stub_of() as one, stub_of() as two:
        one.default(fault="status", status=503)
        two.default(reply=REPLIES[1])
        places = [{"base_url": one.url + path, "weight": FIRST, "api_key": "a"},
                  {"base_url": two.url + path, "api_key": "b"}]
        options = {"provider": provider, "model": "m", "max_retries": 0, "endpoints": places}
        rig = Rig(one, serve(json.dumps({"models": {"m": options},
                                         "routes": {"/m": ["m", "str"]}})))
        if streamed:
            stream = rig.stream("/m")
            assert stream.ended_well and stream.text == REPLIES[1]
        else:
            assert rig.output("/m") == REPLIES[1]
        assert len(one.requests()) == len(two.requests()) == 1
