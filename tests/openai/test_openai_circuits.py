"""Whose circuits are whose, what opens them, and readiness where models share an endpoint."""

import subprocess
import urllib.error
import urllib.request

import pytest
import servers
from openai_rig import app_file, wait_until
from openai_stub import OpenAIStub

WATCHED = {"failures": 1, "cooldown": "1h"}
DOWN = {"fault": "status", "status": 500}
HEAD = "provider: openai, model: gpt-4o-mini, max_retries: 0"

BREAKER = "breaker: {failures: 1, cooldown: 1h}"

# The second model has what the first one has, by an alias (YAML's, which JSON lacks).
ALIASES = {
    "breaker": ("api_key: k, breaker: &it {failures: 1, cooldown: 1h}",
                "api_key: k, breaker: *it"),
    "api_keys": (f"api_keys: &it [k, l], {BREAKER}", f"api_keys: *it, {BREAKER}"),
    "endpoints": (f"api_key: k, endpoints: &it [{{model: x}}, {{model: y}}], {BREAKER}",
                  f"api_key: k, endpoints: *it, {BREAKER}"),
}


@pytest.fixture
def other():
    """A second stub."""
    with OpenAIStub() as own:
        yield own


@pytest.mark.parametrize("options", ALIASES.values(), ids=ALIASES)
def test_models_that_share_an_alias_share_no_circuit(start, stub, other, options):
    rows = [f"  {name}: {{{HEAD}, base_url: '{at.base_url}', {said}}}\n"
            for name, at, said in zip(("one", "two"), (stub, other), options)]
    rig = start(stub, "models:\n" + "".join(rows) + "routes: {/one: one, /two: two}\n")
    stub.default(**DOWN)
    wait_until(lambda: rig.invoke("/one")[0] == 503)
    asked = len(stub.requests())
    assert len(rig.logged("circuit_opened")) == asked > 0
    for _ in range(4):
        assert rig.invoke("/two")[0] == 200
    assert rig.invoke("/one")[0] == 503
    assert len(stub.requests()) == asked and len(other.requests()) == 4


def test_with_another_setting_it_is_the_same_circuit(start, stub):
    chosen = {"chain": {"model": "m", "configurable": {"fields": {"temperature": {"id": "heat"}}}}}
    rig = start(stub, app_file(stub, {"m": {"breaker": WATCHED}}, routes={"/chosen": chosen}))
    stub.default(**DOWN)
    assert rig.invoke("/m")[0] == 500
    hot = rig.open("/chosen/invoke", {"input": "x", "config": {"configurable": {"heat": 0.5}}})
    assert hot.read("POST").status == 503 and len(stub.requests()) == 1


@pytest.mark.parametrize("step", [{"fault": "close_mid_stream"}, {"fault": "reset_mid_stream"},
                                  {"fault": "error_mid_stream"}, {"fault": "stall_mid_stream"}],
                         ids=lambda step: step["fault"])
def test_streams_that_break_open_the_circuit(start, stub, step):
    rig = start(stub, app_file(stub, {"m": {"breaker": {**WATCHED, "failures": 3},
                                            "idle_timeout": "300ms"}}))
    stub.default(**step)
    for seen in range(3):
        assert not rig.logged("circuit_opened"), seen
        stream = rig.stream("/m")
        assert stream.ended_with_error and stream.text
    rig.wait_logged("circuit_opened")
    assert rig.invoke("/m")[0] == 503 and len(stub.requests()) == 3


def test_a_stream_that_ends_well_ends_a_row_of_failures(start, stub):
    rig = start(stub, app_file(stub, {"m": {"breaker": {**WATCHED, "failures": 2}}}))
    for _ in range(3):
        stub.script({"fault": "close_mid_stream"}, {})
        assert rig.stream("/m").ended_with_error and rig.stream("/m").ended_well
    assert not rig.logged("circuit_opened")


def check(tmp_path, text):
    """(status, what is told)"""
    file = tmp_path / "app.yaml"
    file.write_text(text)
    done = subprocess.run([servers.langserved_binary(), "check", file], capture_output=True,
                          text=True, timeout=60,
                          env={"OPENAI_API_KEY": "sk-x", "STUB_KEY": "sk-y"})
    return done.returncode, done.stdout + done.stderr


def test_the_longest_cooldown_is_no_shorter_than_the_first(tmp_path, stub):
    """One that is longer than the default of `max_cooldown` raises that."""
    assert check(tmp_path, app_file(stub, {"m": {"breaker": {"cooldown": "1h"}}}))[0] == 0
    circuit = {"cooldown": "1h", "max_cooldown": "1h"}
    assert check(tmp_path, app_file(stub, {"m": {"breaker": circuit}}))[0] == 0
    circuit["max_cooldown"] = "59m"
    status, text = check(tmp_path, app_file(stub, {"m": {"breaker": circuit}}))
    assert status == 2 and "breaker: `cooldown` is longer than `max_cooldown`" in text


@pytest.mark.parametrize("name, value", [
    ("api_keys", ["k", "l"]), ("endpoints", [{"model": "x"}]), ("breaker", {}),
    ("hedge", {"after": "1s"})])
def test_no_run_says_where_the_model_is(tmp_path, stub, name, value):
    """Each run would have circuits, and turns, of its own."""
    fields = {name: {"id": "x", "options": {"a": value}, "default": "a"}}
    for field in ({name: {"id": "x"}}, fields):
        routes = {"/x": {"chain": {"model": "m", "configurable": {"fields": field}}}}
        models = {"m": {"api_key": None, name: value}}
        status, text = check(tmp_path, app_file(stub, models, routes=routes))
        assert status == 2 and f"fields: '{name}' is the same for all runs" in text


# ---- readiness ----

def readiness(rig):
    """(status, body)"""
    try:
        with urllib.request.urlopen(f"{rig.server.url}/ready", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def gone():
    """The address of a stub that has gone."""
    with OpenAIStub() as there:
        return there.base_url


def ready(*models):
    return {"ready": {"models": list(models), "every": "100ms", "timeout": "5s"}}


def probes(stub):
    return len([1 for record in stub.requests() if record["method"] == "GET"])


def test_a_model_is_not_ready_because_another_one_is(start, stub):
    """They share the endpoint that is down; one has another."""
    down, here = {"base_url": gone()}, {"base_url": stub.base_url}
    models = {"a": {"endpoints": [down, here]}, "b": down}
    rig = start(stub, app_file(stub, models, server=ready("a", "b")))
    rig.wait_logged("not_ready")
    wait_until(lambda: probes(stub) > 2)
    status, text = readiness(rig)
    assert status == 503 and "model b" in text and "model a" not in text
    assert all("model b" in line["message"] for line in rig.logged("not_ready"))


def test_an_endpoint_that_is_down_beside_another_is_not_told(start, stub):
    down, here = {"base_url": gone()}, {"base_url": stub.base_url}
    rig = start(stub, app_file(stub, {"m": {"endpoints": [down, here]}}, server=ready("m")))
    wait_until(lambda: readiness(rig)[0] == 200)
    wait_until(lambda: probes(stub) > 3)
    assert readiness(rig)[0] == 200
    assert not rig.logged("not_ready") and not rig.logged("ready_again")


# ---- the end of a server ----

@pytest.mark.parametrize("how", ["invoke", "stream", "batch"])
@pytest.mark.parametrize("options", [
    {}, {"hedge": {"after": "10ms"}}, {"max_concurrent": 9, "tokens": "1000/day"},
    {"cache": {"ttl": "1h"}}, {"breaker": WATCHED}],
    ids=lambda options: "-".join(options) or "plain")
def test_a_drain_without_time_ends_cleanly_while_a_model_is_silent(start, stub, options, how):
    """The end (a fixture's) tells of what was used after it was freed."""
    patient = {"timeout": "60s", "first_byte_timeout": "60s", "idle_timeout": "60s"}
    rig = start(stub, app_file(stub, {"m": {**patient, **options}},
                               server={"drain_timeout": "500ms"}))
    stub.default(fault="stall_before_headers")
    body = {"inputs": ["x", "y"]} if how == "batch" else {"input": "x"}
    connection = rig.open(f"/m/{how}", body)
    wait_until(lambda: len(stub.requests()) >= (2 if how == "batch" or "hedge" in options else 1))
    rig.server.stop_cleanly()
    assert len(rig.logged("drain_timeout")) == 1
    connection.__exit__()
