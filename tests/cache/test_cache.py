"""Caches, from outside: both backends, several workers, callers that must not meet, Redis that goes
away and comes back."""

import json
import random
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import raw
import servers
from ports import free_port

APP = """
models:
  slow: {provider: fake, echo: true, delay: 20ms}
  late: {provider: fake, responses: [an answer that takes its time], delay: 60ms}
chains:
  says: {parallel: {said: [{prompt: "{text}"}, slow, str]}}
routes:
  /says: {chain: says, cache: {ttl: 1h, mark: cached}, input: {}}
  /short: {chain: says, cache: {ttl: 300ms, mark: cached}, input: {}}
  /late: {chain: {chain: [late, str], cache: {ttl: 1h}}, input: {}}
  /rest: {chain: says, as: rest, cache: {ttl: 1h, mark: cached}, input: {}}
  /fails: {chain: {model: {provider: fake, error: down}, cache: {ttl: 1h}}, input: {}}
  /breaks: {chain: {chain: [{model: {provider: fake, responses: [abcdef], error_after: 3}}, str], cache: {ttl: 1h}}, input: {}}
  /chosen:
    chain:
      chain:
        value: first
        configurable: {alternatives: {id: which, default: a, options: {b: {value: second}}}}
      cache: {ttl: 1h}
    input: {}
  /users:
    chain: {lambda: "{canary = config.configurable.user, said = input}"}
    cache: {ttl: 1h, mark: cached, by: user}
    config_from: {configurable.user: {header: x-user}}
    config_keys: [metadata]
    input: {}
"""

def ask(server, path, value, headers=None, config=None):
    """Status and body, over a connection of its own, so that any worker may get it."""
    body = value if path == "/rest" else {"input": value, "config": config or {}}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def output(server, path, value, **more):
    status, body = ask(server, path + "/invoke", value, **more)
    assert status == 200, body
    return body["output"]


def stream(server, path, value):
    request = urllib.request.Request(server.url + path + "/stream",
                                     json.dumps({"input": value}).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        events = answer.read().decode().replace("\r\n", "\n").split("\n\n")
    return [json.loads(event.split("data: ", 1)[1]) for event in events
            if event.startswith("event: data")]


def stats(server):
    with urllib.request.urlopen(server.url + "/stats", timeout=20) as answer:
        return json.load(answer)


def lines(server, event):
    return [line for line in map(json.loads, server.log().splitlines()) if line["event"] == event]


def test_a_result_is_given_again(serve, store):
    server = serve(store + APP, "--workers", "3")
    for n in range(5):
        assert output(server, "/says", {"text": "hello"}) == {"said": "hello", "cached": n > 0}
    assert output(server, "/says", {"text": "other"})["cached"] is False
    assert stream(server, "/says", {"text": "hello"}) == [{"said": "hello", "cached": True}]
    assert ask(server, "/rest", {"text": "hello"}) == (200, {"said": "hello", "cached": True})
    told = stats(server)
    assert (told["cache_hits"], told["cache_misses"]) == (6, 2)
    assert list(told) == ["cache_size", "cache_hits", "cache_misses"]
    raw.wait_for(lambda: stats(server)["cache_size"] == 2)  # answers do not wait for the store
    uses = [line.get("cache") for line in lines(server, "request") if line["path"] != "/health"]
    assert uses[:6] == ["miss", "hit", "hit", "hit", "hit", "miss"]


def test_stats_are_described_and_give_way_to_a_route(serve, store):
    server = serve(store + APP)
    with urllib.request.urlopen(server.url + "/openapi.json") as answer:
        document = json.load(answer)
    assert document["paths"]["/stats"]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"] == {"$ref": "#/components/schemas/Stats"}
    own = serve(store + "routes: {/stats: {chain: {value: mine, cache: {ttl: 1h}}, as: rest, method: GET}}\n")
    assert stats(own) == "mine"


def test_a_store_that_cannot_be_used_is_told_once(serve, tmp_path):
    server = serve("store: {path: /dev/null/store.db}\n" + APP)
    for _ in range(3):
        assert output(server, "/says", {"text": "a"}) == {"said": "a", "cached": False}
    assert len(lines(server, "store_failed")) == 1


def test_a_streamed_result_is_kept_too(serve, store):
    server = serve(store + APP)
    chunks = stream(server, "/says", {"text": "word"})
    assert chunks == [{"said": c} for c in "word"] + [{"cached": False}]
    assert output(server, "/says", {"text": "word"}) == {"said": "word", "cached": True}


def test_a_longer_time_is_not_another_steps(serve, store):
    """/short gives nothing that /says keeps for an hour, and does not end it either."""
    server = serve(store + APP)
    value = {"text": "longer"}
    assert not output(server, "/says", value)["cached"]
    assert not output(server, "/short", value)["cached"]
    time.sleep(0.4)
    assert not output(server, "/short", value)["cached"]
    time.sleep(0.4)
    assert output(server, "/says", value)["cached"]


def test_it_ends_with_its_time(serve, store):
    server = serve(store + APP)
    assert output(server, "/short", {"text": "x"})["cached"] is False
    assert output(server, "/short", {"text": "x"})["cached"] is True
    time.sleep(0.4)
    assert output(server, "/short", {"text": "x"})["cached"] is False


@pytest.mark.parametrize("traced", [False, True])
def test_a_herd_runs_once_in_a_worker(serve, store, traced):
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    server = serve(store + APP, env=collector if traced else None)
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(
            lambda n: output(server, "/late", "x") if n % 2 else "".join(stream(server, "/late", "x")),
            range(30)))
    assert set(answers) == {"an answer that takes its time"}
    told = stats(server)
    assert (told["cache_hits"], told["cache_misses"]) == (29, 1)


def test_a_batch_is_cached(serve, store):
    server = serve(store + APP)
    body = {"inputs": [{"text": "a"}, {"text": "b"}, {"text": "a"}]}
    for cached in (False, True):
        request = urllib.request.Request(server.url + "/says/batch", json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            got = json.load(answer)["output"]
        assert [o["said"] for o in got] == ["a", "b", "a"]
        assert [o["cached"] for o in got][:2] == [cached, cached]


def test_errors_are_not_kept(serve, store):
    server = serve(store + APP)
    for _ in range(3):
        assert ask(server, "/fails/invoke", "x")[0] == 500
        assert ask(server, "/breaks/invoke", "x")[0] == 500
        stream(server, "/breaks", "x")
    told = stats(server)
    assert (told["cache_size"], told["cache_hits"], told["cache_misses"]) == (0, 0, 9)


def test_a_cancelled_stream_is_not_kept(serve, store):
    server = serve(store + APP)
    request = urllib.request.Request(server.url + "/late/stream", b'{"input": "x"}')
    with urllib.request.urlopen(request) as answer:
        answer.read(200)  # the client leaves in the middle
    for _ in range(200):
        if lines(server, "request") and lines(server, "request")[-1].get("aborted"):
            break
        time.sleep(0.02)
    assert stats(server)["cache_size"] == 0
    assert output(server, "/late", "x") == "an answer that takes its time"
    assert stats(server)["cache_misses"] == 2


def test_what_is_chosen_is_in_the_key(serve, store):
    server = serve(store + APP)
    for _ in range(2):
        assert output(server, "/chosen", {}) == "first"
        assert output(server, "/chosen", {}, config={"configurable": {"which": "b"}}) == "second"
    assert stats(server)["cache_hits"] == 2


def test_tenants_never_meet(serve, store):
    """50 tenants ask the same things at once; half of them leave early."""
    server = serve(store + APP, "--workers", "2")
    dice = random.Random(7)

    def tenant(n):
        said = []
        for _ in range(12):
            value = {"text": dice.choice("abc")}
            got = output(server, "/users", value, headers={"X-User": f"canary-{n}"})
            said.append((got["canary"], got["said"] == value))
        return n, said

    with ThreadPoolExecutor(16) as pool:
        for n, said in pool.map(tenant, range(50)):
            assert set(said) == {(f"canary-{n}", True)}
    told = stats(server)
    assert told["cache_hits"] + told["cache_misses"] == 600
    assert 0 < told["cache_size"] <= 150


def test_another_chain_is_another_key(serve, store):
    def app(prompt, model="responses: [one]"):
        return store + f"""
models: {{m: {{provider: fake, {model}}}}}
chains: {{ask: {{prompt: "{prompt}"}}}}
routes: {{/a: {{chain: [ask, m, str, {{parallel: {{said: passthrough}}}}], cache: {{ttl: 1h, mark: cached}}}}}}
"""
    seen = []
    for prompt, model in (("{x}", "responses: [one]"), ("{x}", "responses: [one]"),
                          ("{x}!", "responses: [one]"), ("{x}", "responses: [two]")):
        server = serve(app(prompt, model))
        seen.append(output(server, "/a", {"x": "1"}))
        server.stop_cleanly()
    assert [s["cached"] for s in seen] == [False, True, False, False]
    assert seen[3]["said"] == "two"


def wait_for_the_store(server):
    for _ in range(500):
        if stats(server)["cache_size"] is not None:
            return
        time.sleep(0.02)
    raise AssertionError("the store has not come back")


@pytest.mark.parametrize("settings, told", [
    (["maxmemory", "1"], "OOM"),
    (["min-replicas-to-write", "1"], "NOREPLICAS"),
])
def test_a_redis_that_takes_nothing_is_told_of_once(serve, redis, settings, told):
    server = serve(f"store: {{url: '{redis.url}'}}\n" + APP)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    redis.command("CONFIG", "SET", *settings)
    assert output(server, "/says", {"text": "a"})["cached"] is True
    for n in range(3):  # each another one: who comes while one is being kept has it too
        assert output(server, "/says", {"text": f"b{n}"})["cached"] is False
    failed = lines(server, "store_failed")
    assert len(failed) == 1 and told in str(failed[0])
    redis.command("CONFIG", "SET", settings[0], "0")
    assert output(server, "/says", {"text": "b"})["cached"] is False
    assert output(server, "/says", {"text": "b"})["cached"] is True
    raw.wait_for(lambda: len(lines(server, "store_back")) == 1)
    assert len(lines(server, "store_failed")) == 1


def test_a_replica_is_told_of_once(serve, redis):
    server = serve(f"store: {{url: '{redis.url}'}}\n" + APP)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    redis.command("CONFIG", "SET", "replica-serve-stale-data", "yes")
    redis.command("REPLICAOF", "127.0.0.1", "1")
    for n in range(3):  # each another one: who comes while one is being kept has it too
        assert output(server, "/says", {"text": f"b{n}"})["cached"] is False
    failed = lines(server, "store_failed")
    assert len(failed) == 1 and "READONLY" in str(failed[0])


def test_a_key_of_another_kind_is_told_of_and_done_without(serve, redis):
    server = serve(f"store: {{url: '{redis.url}'}}\n" + APP)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    key, = redis.command("KEYS", "langserved:cache:*").split()
    redis.command("DEL", key)
    redis.command("RPUSH", key, "x")
    assert output(server, "/says", {"text": "a"}) == {"said": "a", "cached": False}
    failed = lines(server, "store_failed")
    assert len(failed) == 1 and "WRONGTYPE" in str(failed[0])


def test_redis_is_killed_and_comes_back(serve, redis):
    server = serve(f"store: {{url: '{redis.url}', timeout: 5s, connect_timeout: 5s}}\n" + APP)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    assert output(server, "/says", {"text": "a"})["cached"] is True
    redis.kill()
    for _ in range(5):
        assert output(server, "/says", {"text": "a"}) == {"said": "a", "cached": False}
    assert stats(server)["cache_size"] is None
    redis.start()
    wait_for_the_store(server)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    assert output(server, "/says", {"text": "a"})["cached"] is True
    assert len(lines(server, "store_failed")) == 1
    assert len(lines(server, "store_back")) == 1


def test_a_redis_that_hangs_is_done_without(serve, redis):
    server = serve(f"store: {{url: '{redis.url}', timeout: 200ms, connect_timeout: 200ms}}\n" + APP)
    assert output(server, "/says", {"text": "a"})["cached"] is False
    redis.pause(True)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: output(server, "/says", {"text": f"{n}"}), range(24)))
    assert [g["said"] for g in got] == [str(n) for n in range(24)]
    redis.pause(False)
    wait_for_the_store(server)
    assert output(server, "/says", {"text": "a"}) == {"said": "a", "cached": True}


def test_no_redis_at_the_start_is_no_reason_not_to_serve(serve):
    server = serve("store: {url: 'redis://127.0.0.1:1'}\n" + APP)
    assert output(server, "/says", {"text": "a"}) == {"said": "a", "cached": False}
    assert len(lines(server, "store_failed")) == 1


def test_two_servers_share_a_redis(serve, redis):
    app = f"store: {{url: '{redis.url}'}}\n" + APP
    first, second = serve(app), serve(app)
    assert output(first, "/says", {"text": "a"})["cached"] is False
    assert output(second, "/says", {"text": "a"})["cached"] is True
    other = serve(f"store: {{url: '{redis.url}', prefix: 'other:'}}\n" + APP)
    assert output(other, "/says", {"text": "a"})["cached"] is False


def test_the_url_is_read_and_never_told(serve, redis, tmp_path):
    redis.command("CONFIG", "SET", "requirepass", "canary-secret")
    for password, lost in (("canary-secret", 0), ("canary-wrong", 1)):
        server = serve(APP + "store: {url: '${REDIS_URL}'}\n",
                       env={"REDIS_URL": f"redis://:{password}@127.0.0.1:{redis.port}/2"})
        output(server, "/says", {"text": "a"})
        assert output(server, "/says", {"text": "a"})["cached"] is (not lost)
        assert len(lines(server, "store_failed")) == lost
        server.stop_cleanly()
        assert "canary" not in server.log()


@pytest.mark.parametrize("text, told", [
    ("store: {url: 'rediss://host'}", "TLS (rediss://) are not supported"),
    ("store: {url: 'http://host'}", "expected redis://"),
    ("store: {url: 'redis://host', path: x.db}", "path: not beside `url`"),
    ("routes: {/a: {chain: passthrough, cache: {}}}", "ttl"),
    ("routes: {/a: {chain: passthrough, cache: 24h}}", "expected a mapping such as {ttl: 24h}"),
    ("routes: {/a: {chain: {chain: passthrough, history: {}}, cache: {ttl: 1h}}}",
     "a history is inside it"),
])
def test_mistakes_are_told(tmp_path, text, told):
    (tmp_path / "app.yaml").write_text(text + "\n")
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode != 0
    assert told in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST"])
def test_another_provider_in_the_environment_is_another_key(serve, tmp_path, name):
    app = APP + f"store: {{path: {tmp_path / 'store.db'}}}\n"
    got = []
    for url in ("http://one", "http://one", "http://two"):
        server = serve(app, env={name: url})
        got.append(output(server, "/says", {"text": "x"})["cached"])
        server.stop_cleanly()
    assert got == [False, True, False]
