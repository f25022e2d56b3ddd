"""Limits whose counts lie in Redis: exact over several servers; each for itself while Redis is gone."""

import json
import signal
import socket
import subprocess
import threading
import time

import pytest
import servers
from limit_talk import ask
from redis_faults import Cutter, Parrot
from test_rates import app


def shared(redis, route, server="index: true", more=""):
    """An app whose limits are counted in Redis."""
    return app(route, f"{server}, limits_store: redis",
               more + f"store: {{url: '{redis.url}'}}\n")


def lines(server, event):
    return [json.loads(line) for line in server.log().splitlines() if f'"event":"{event}"' in line]


def wait_until(happened):
    for _ in range(1000):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_two_servers_count_together(serve, redis):
    first, second = (serve(shared(redis, "limit: 5/hour")) for _ in range(2))
    told = [ask(server, "/a/invoke") for server in (first, second) * 3]
    assert [answer.status for answer in told] == [200] * 5 + [429]
    assert [answer.left for answer in told] == [[4], [3], [2], [1], [0], [0]]
    assert told[0].headers["ratelimit-policy"] == '"5/hour";q=5;w=3600'
    assert told[5].json == {"error": "Rate limit exceeded"}
    wait = int(told[5].headers["retry-after"])
    assert 0 < wait <= 7200 and told[5].headers["ratelimit"] == f'"5/hour";r=0;t={wait}'
    assert '"note":"rate_limit_exceeded"' in second.log()


def test_all_limits_must_allow_and_a_refused_request_counts_in_none(serve, redis):
    server = serve(shared(redis, 'limits: [{rate: 100/hour}, {rate: 1/hour, by: "header:X-User"}]',
                          "limits: [{rate: 9/hour, by: global}]"))
    joe, ann = {"X-User": "joe"}, {"X-User": "ann"}
    assert ask(server, "/a/invoke", headers=joe).left == [99, 0, 8]
    for _ in range(5):
        refused = ask(server, "/a/invoke", headers=joe)
        assert (refused.status, refused.left) == (429, [0])
        assert refused.headers["ratelimit-policy"].count("q=") == 2
    assert ask(server, "/a/invoke", headers=ann).left == [98, 0, 7]


def test_who_waits_as_told_is_let_through(serve, redis):
    server = serve(shared(redis, "limit: 3/2s"))
    passed = 0
    while passed < 7:  # more than two windows hold
        answer = ask(server, "/a/invoke")
        if answer.status == 429:
            time.sleep(int(answer.headers["retry-after"]))
            answer = ask(server, "/a/invoke")
        assert answer.status == 200
        passed += 1


def test_limits_of_keys_are_shared(serve, redis, tmp_path):
    def keys(*words):
        return subprocess.run([servers.langserved_binary(), "keys", *words], check=True,
                              capture_output=True, text=True, timeout=60).stdout.strip()

    text = shared(redis, "config_keys: [tags]", more="auth: {store: true}\n")
    (tmp_path / "keys.yaml").write_text(text)
    key = {"X-API-Key": keys("add", "ada", "--limit", "3/hour", tmp_path / "keys.yaml")}
    first, second = serve(text), serve(text)
    assert [ask(server, "/a/invoke", headers=key).status for server in (first, second) * 2] == [
        200, 200, 200, 429]
    assert "langserved:limit:" in redis.command("KEYS", "*")
    assert "ada" not in redis.command("KEYS", "*limit*")


def test_redis_holds_no_addresses_and_forgets_by_itself(serve, redis):
    limits = 'limits: [{rate: 9/s}, {rate: 9/s, by: key}, {rate: 9/s, by: "header:X-User"}]'
    server = serve(shared(redis, limits, "secret: a-secret-of-many-bytes"))
    headers = {"X-API-Key": "canary-key", "X-User": "canary-user"}
    assert ask(server, "/a/invoke", headers=headers).status == 200
    names = redis.command("KEYS", "*").split()
    assert len(names) == 3 and all(name.startswith("langserved:limit:") for name in names)
    held = " ".join(names + [redis.command("GET", name) for name in names])
    assert "canary" not in held and "127.0.0.1" not in held
    for name in names:
        assert len(name) == len("langserved:limit:") + 32
        assert -2 <= int(redis.command("PTTL", name)) <= 2000
    wait_until(lambda: not redis.command("KEYS", "*"))
    # with another secret they are counted under another name
    other = serve(shared(redis, "limit: 9/hour", "secret: another-of-many-bytes"))
    assert ask(other, "/a/invoke").left == [8]
    again = serve(shared(redis, "limit: 9/hour", "secret: a-secret-of-many-bytes"))
    assert ask(again, "/a/invoke").left == [8]


def test_servers_of_another_prefix_count_apart(serve, redis):
    one = shared(redis, "limit: 1/hour")
    assert ask(serve(one), "/a/invoke").status == 200
    other = one.replace("url:", "prefix: 'other:', url:")
    assert ask(serve(other), "/a/invoke").status == 200
    assert ask(serve(one), "/a/invoke").status == 429


def test_redis_may_forget_the_script(serve, redis):
    server = serve(shared(redis, "limit: 9/hour"))
    assert ask(server, "/a/invoke").left == [8]
    redis.command("SCRIPT", "FLUSH")
    assert [ask(server, "/a/invoke").left for _ in range(2)] == [[7], [6]]
    assert not lines(server, "limits_alone")


def test_without_redis_each_server_counts_alone(serve, redis):
    first, second = (serve(shared(redis, "limit: 6/hour")) for _ in range(2))
    for server in (first, first, second):
        assert ask(server, "/a/invoke").status == 200
    redis.kill()
    # each goes on from what it has let through itself
    assert [ask(first, "/a/invoke").left for _ in range(5)] == [[3], [2], [1], [0], [0]]
    assert ask(first, "/a/invoke").status == 429
    assert ask(second, "/a/invoke").left == [4]
    assert len(lines(first, "limits_alone")) == len(lines(second, "limits_alone")) == 1
    redis.start()
    wait_until(lambda: ask(first, "/a/invoke").status == 200)
    wait_until(lambda: ask(second, "/a/invoke") and lines(second, "limits_shared"))
    assert len(lines(first, "limits_shared")) == 1
    metrics = ask(first, "/metrics", None).text
    alone = [line for line in metrics.splitlines() if line.startswith("langserved_limits_alone_total ")]
    assert int(alone[0].split()[1]) >= 6


def test_a_redis_that_hangs_is_waited_for_a_little(serve, redis):
    server = serve(shared(redis, "limit: 9/hour", "limits_timeout: 100ms"))
    assert ask(server, "/a/invoke").left == [8]
    redis.pause(True)
    began = time.monotonic()
    assert [ask(server, "/a/invoke").left for _ in range(3)] == [[7], [6], [5]]
    assert time.monotonic() - began < 20  # it waits once
    redis.pause(False)
    # what Redis was asked meanwhile may have been counted there
    wait_until(lambda: ask(server, "/health", None) and ask(server, "/a/invoke") and
               lines(server, "limits_shared"))


def test_clients_may_leave_while_they_wait_for_redis(serve, redis):
    server = serve(shared(redis, "limit: 100/hour", "limits_timeout: 20s"))
    assert ask(server, "/a/invoke").left == [99]
    redis.pause(True)
    for _ in range(40):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            client.sendall(b"POST /a/invoke HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"
                           b'{"input":1}')
    assert ask(server, "/health", None).status == 200  # nothing is held up
    redis.pause(False)
    wait_until(lambda: len(lines(server, "request")) >= 43)
    assert 58 <= ask(server, "/a/invoke").left[0] <= 98  # they may have been counted
    assert not lines(server, "limits_alone")


def test_who_waits_for_redis_is_answered_by_a_server_that_stops(serve, redis):
    server = serve(shared(redis, "limit: 100/hour", "limits_timeout: 20s"))
    assert ask(server, "/a/invoke").left == [99]
    redis.pause(True)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(ask(server, "/a/invoke")))
    waiting.start()
    assert ask(server, "/health", None).status == 200
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    redis.pause(False)
    waiting.join()
    assert (answers[0].status, answers[0].left) == (200, [98])


@pytest.mark.parametrize("settings, told", [
    (["maxmemory", "1"], "OOM"),
    (["min-replicas-to-write", "1"], "NOREPLICAS"),
])
def test_what_redis_refuses_is_counted_here(serve, redis, settings, told):
    server = serve(shared(redis, "limit: 5/hour"))
    assert ask(server, "/a/invoke").left == [4]
    redis.command("CONFIG", "SET", *settings)
    assert [ask(server, "/a/invoke").left for _ in range(3)] == [[3], [2], [1]]
    alone = lines(server, "limits_alone")
    assert len(alone) == 1 and told in str(alone[0])
    redis.command("CONFIG", "SET", settings[0], "0")
    assert ask(server, "/a/invoke").left == [3]
    assert len(lines(server, "limits_shared")) == 1


@pytest.mark.parametrize("held, left", [
    ("nonsense", 8), ("1 2", 8), ("-1 -1 -1", 8), ("99999999999 5 5", 8), ("1 5 5", 8), ("", 8),
])
def test_a_counter_that_says_nothing_is_none(serve, redis, held, left):
    """Also one of a clock that was set back far, or of long ago."""
    server = serve(shared(redis, "limit: 9/hour"))
    assert ask(server, "/a/invoke").left == [8]
    name, = redis.command("KEYS", "*limit*").split()
    redis.command("SET", name, held)
    assert ask(server, "/a/invoke").left == [left]


def test_a_clock_that_was_set_back_a_little_forgets_nothing(serve, redis):
    server = serve(shared(redis, "limit: 9/hour"))
    assert ask(server, "/a/invoke").left == [8]
    name, = redis.command("KEYS", "*limit*").split()
    number = int(redis.command("GET", name).split()[0])
    redis.command("SET", name, f"{number + 1} 3 5")
    assert ask(server, "/a/invoke").left == [0]
    assert ask(server, "/a/invoke").status == 429


def test_a_key_of_another_kind_is_counted_here(serve, redis):
    server = serve(shared(redis, "limit: 3/hour"))
    assert ask(server, "/a/invoke").left == [2]
    name, = redis.command("KEYS", "*limit*").split()
    redis.command("DEL", name)
    redis.command("RPUSH", name, "x")
    assert [ask(server, "/a/invoke").status for _ in range(3)] == [200, 200, 429]
    assert "WRONGTYPE" in str(lines(server, "limits_alone")[0])


@pytest.mark.parametrize("said, told", [
    (b"-LOADING Redis is loading the dataset in memory\r\n", "LOADING"),
    (b"-NOAUTH Authentication required.\r\n", "NOAUTH"),
    (b"-ERR max number of clients reached\r\n", "max number of clients"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak as Redis does"),
    (b"", "no connection within"),
])
def test_what_is_no_redis_yet_is_done_without(serve, said, told):
    """Limits, a cache and histories; each is told of once."""
    parrot = Parrot(said)
    server = serve(f"""
server: {{limit: 3/hour, limits_store: redis, limits_timeout: 100ms}}
store: {{url: "redis://127.0.0.1:{parrot.port}", connect_timeout: 100ms}}
routes:
  /a: {{chain: passthrough, cache: {{ttl: 1h}}}}
""")
    assert [ask(server, "/a/invoke").status for _ in range(5)] == [200] * 3 + [429] * 2
    for event in ("limits_alone", "store_failed"):
        found = lines(server, event)
        assert len(found) == 1 and told in str(found[0])
    parrot.close()


@pytest.mark.parametrize("old, new", [
    (b":0\r\n:0\r\n:1", b":0\r\n:0\r\n:9999999"), (b":0\r\n:0\r\n:1", b":7\r\n:0\r\n:1"),
    (b":0\r\n:0\r\n:1", b":0\r\n:-5\r\n:1"), (b":0\r\n:0\r\n:1", b":1\r\n$1\r\nx\r\n:1"),
    (b"*5", b"*4"), (b"*5", b"*6"), (b"*5", b"*1"), (b"*5", b":1\r\n*5"), (b"\r\n1\r\n", b"\r\n9\r\n"),
])
def test_nonsense_about_limits_is_counted_here(serve, redis, old, new):
    proxy = Cutter(redis.port, twist=lambda data: data.replace(old, new))
    server = serve(shared(redis, "limit: 3/hour", "limits_timeout: 100ms").replace(
        f":{redis.port}/", f":{proxy.port}/"))
    assert [ask(server, "/a/invoke").status for _ in range(5)] == [200] * 3 + [429] * 2
    assert lines(server, "limits_alone")
    proxy.twist = None
    wait_until(lambda: ask(server, "/a/invoke") and lines(server, "limits_shared"))
    proxy.close()


def test_mistakes_are_told(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(app("limit: 1/hour", "limits_store: redis"))
    done = servers.check(file)
    assert done.returncode == 2
    assert "limits_store: redis: there is none, for `store` has no `url`" in done.stdout + done.stderr
