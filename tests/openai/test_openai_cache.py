"""`cache` of models."""

import json

import pytest
import servers
from openai_rig import model, post, wait_until
from wire_http import Connection, Request, exchange


@pytest.fixture
def begin(start, stub, tmp_path):
    """begin(**options) is a Rig with a model of these options, in several places."""
    def run(**options):
        field = {"model": "talker", "configurable": {"fields": {"temperature": {"id": "t"}}}}
        rig = start(stub, json.dumps({
            "store": {"path": str(tmp_path / "store.db")},
            "models": {"talker": model(stub, **options)},
            "routes": {"/m": "talker", "/text": [{"prompt": "{x}"}, "talker", "str"],
                       "/bound": {"chain": {"model": "talker", "bind": {"stop": ["z"]}}},
                       "/field": {"chain": field, "config_keys": ["configurable"]}}}))
        stub.default(reply="An answer.")
        return rig
    return run


def count(rig):
    return len(rig.stub.requests())


def test_what_was_answered_is_given_again(begin):
    rig = begin(cache="1h")
    first, again = rig.output("/m"), rig.output("/m")
    assert count(rig) == 1 and first["usage_metadata"]["total_tokens"] > 0
    usage = again.pop("usage_metadata")
    assert usage == {**first.pop("usage_metadata"), "total_cost": 0}
    assert again == first
    assert rig.output("/m", "another")["content"] == "An answer."
    assert count(rig) == 2


def test_it_streams_as_one_chunk_and_is_whole_however_it_was_made(begin):
    rig = begin(cache={"ttl": "1h"})
    made = rig.stream("/m")
    again = rig.stream("/m")
    assert made.ended_well and again.ended_well and len(made.chunks) > 1 and len(again.chunks) == 1
    assert again.text == made.text == "An answer." and again.chunks[0]["type"] == "ai"
    assert rig.output("/m")["content"] == "An answer."
    assert rig.stream("/text", {"x": "Say hello."}).text == "An answer."
    assert count(rig) == 1  # of whatever chain the model is a part


def test_what_changes_the_answer_is_another_question(begin):
    rig = begin(cache="1h")
    rig.output("/m")
    rig.output("/bound")
    assert count(rig) == 2
    for temperature in (0.5, 0.7, 0.5):
        answer = post(rig.server.port, "/field/invoke",
                      {"input": "Say hello.", "config": {"configurable": {"t": temperature}}})
        assert answer.status == 200
    assert count(rig) == 4
    rig.output("/bound")
    assert count(rig) == 4


def test_failures_are_not_kept(begin):
    rig = begin(cache="1h")
    rig.stub.script({"fault": "status", "status": 500}, {"fault": "error_mid_stream"})
    assert rig.invoke("/m")[0] == 500
    assert rig.stream("/m").ended_with_error
    assert rig.output("/m")["content"] == "An answer."
    assert count(rig) == 3


def test_what_is_given_again_takes_no_slot_and_no_rate(begin):
    rig = begin(cache="1h", rate="1/day", queue=0)
    for _ in range(3):
        rig.output("/m")
    assert count(rig) == 1
    assert rig.invoke("/m", "another")[0] == 503


@pytest.mark.parametrize("leaves", [True, False], ids=["left", "stayed"])
def test_what_a_run_took_is_told_though_who_began_it_left(begin, leaves):
    """In a line of its own; else in the request's line alone."""
    rig = begin(cache="1h", price={"input": 1000, "output": 1000}, first_byte_timeout="60s")
    rig.stub.script({"fault": "stall_before_headers", "seconds": 1})
    ask = Request("POST", "/m/invoke", b'{"input": "Say hello."}', (("X-Request-ID", "first"),))
    with Connection(rig.server.port) as first:
        first.send(ask)
        wait_until(rig.stub.requests)
        second = rig.open("/m/invoke", {"input": "Say hello."})
        wait_until(lambda: json.loads(exchange(rig.server.port, Request("GET", "/stats")).body)["cache_hits"] == 1)
        if not leaves:
            first.read()
    took = json.loads(second.read().body)["output"]["usage_metadata"]
    second.__exit__()
    lines = rig.wait_logged("cached_run") if leaves else rig.logged("cached_run")
    told, = lines or [line for line in rig.wait_logged("request", 2)
                      if line.get("request_id") == "first"]
    assert told["request_id"] == "first" and len(told["trace_id"]) == 32
    assert (told["input_tokens"], told["output_tokens"]) == (took["input_tokens"],
                                                             took["output_tokens"])
    assert told["cost"] == pytest.approx(took["total_tokens"] / 1000)
    assert count(rig) == 1 and len(lines) == (1 if leaves else 0)


def test_other_options_of_the_model_forget(begin):
    """So does another time for which answers are kept."""
    asked = []
    for options in ({"temperature": 0.1}, {"temperature": 0.2}, {"temperature": 0.1}):
        rig = begin(cache="1h", **options)
        rig.output("/m")
        asked.append(count(rig))
    rig = begin(cache={"ttl": "2h"}, temperature=0.2)
    rig.output("/m")
    assert asked + [count(rig)] == [1, 1, 0, 1]


@pytest.mark.parametrize("cache, told", [
    ("soon", "ttl"), ([1], "cache: expected a mapping"), ({}, "the option 'ttl' is missing"),
    ({"ttl": "1h", "tll": 1}, "did you mean 'ttl'?")])
def test_mistakes_are_told(tmp_path, cache, told):
    file = tmp_path / "app.yaml"
    file.write_text(json.dumps({"models": {"m": {"provider": "fake", "echo": True, "cache": cache}},
                                "routes": {"/m": "m"}}))
    done = servers.check(file)
    assert done.returncode == 2 and told in done.stdout + done.stderr
