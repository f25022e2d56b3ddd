"""Under load exactly as many requests pass as the limits allow: over the workers of one server, over
several servers on one Redis; with Redis or a worker killed meanwhile.

LIMIT_REQUESTS   how many requests each test makes (default: 10000; `make test-limits`: 100000)
"""

import collections
import os
import signal
import time

import pytest
from hammer import Hammer, peers_of, stop, workers
from test_shared_limits import lines, wait_until

COUNT = int(os.environ.get("LIMIT_REQUESTS", "10000"))
USERS = [f"user-{n}" for n in range(50)]
ALL, EACH = COUNT * 6 // 10 // 3, COUNT // 3 // 50 // 2  # far from a window's end: it is a year
APP = """
server: {index: true%s}
routes:
  /all: {chain: passthrough, limits: [{rate: %d/365d, by: global}]}
  /each: {chain: passthrough, limits: [{rate: %d/365d, by: "header:X-User"}]}
  /both:
    chain: passthrough
    limits: [{rate: %d/365d, by: global}, {rate: %d/365d, by: "header:X-User"}]
%s
"""


def app(server="", more=""):
    return APP % (server, ALL, EACH, EACH * 40, EACH, more)


def shared(redis):
    return app(", limits_store: redis, limits_timeout: 10s", f"store: {{url: '{redis.url}'}}")


def requests(count):
    """In an order that mixes paths and users."""
    paths = ["/all", "/each", "/both"]
    return ((paths[i % 3], USERS[i // 3 % 50]) for i in range(count))


def check(hammer):
    """All are answered, and exactly what the limits allow has passed."""
    assert not hammer.lost
    third = COUNT // 3
    assert sum(hammer.statuses().values()) == COUNT
    assert hammer.statuses(path="/all") == {200: ALL, 429: COUNT - 2 * third - ALL}
    for user in USERS:
        assert hammer.statuses(path="/each", user=user)[200] == EACH, user
        assert hammer.statuses(path="/both", user=user).get(200, 0) <= EACH, user
    assert hammer.statuses(path="/both")[200] == EACH * 40


def shares(server):
    """How many requests to routes each worker has answered."""
    told = collections.Counter(line["pid"] for line in lines(server, "request")
                               if line["path"] != "/health")
    return dict(told)


def test_over_four_workers(serve):
    server = serve(app(), "--workers", "4")
    began = time.monotonic()
    check(Hammer([server], requests(COUNT)).start().wait())
    print(f"{COUNT} requests in {time.monotonic() - began:.1f} s")
    told = shares(server)
    assert len(told) == 4 and sum(told.values()) == COUNT


def test_over_two_servers_on_one_redis(serve, redis):
    some = [serve(shared(redis), "--workers", "2") for _ in range(2)]
    began = time.monotonic()
    check(Hammer(some, requests(COUNT)).start().wait())
    print(f"{COUNT} requests in {time.monotonic() - began:.1f} s")
    for server in some:
        assert len(shares(server)) == 2 and not lines(server, "limits_alone")
    assert sum(sum(shares(server).values()) for server in some) == COUNT


def test_redis_is_killed_under_load(serve, redis):
    """No request fails, each server keeps the limit alone, and afterwards they keep it together."""
    most = COUNT // 10
    text = f"""
server: {{limits_store: redis, limits_timeout: 10s}}
store: {{url: '{redis.url}'}}
routes: {{/all: {{chain: passthrough, limits: [{{rate: {most}/365d, by: global}}]}}}}
"""
    some = [serve(text, "--workers", "2") for _ in range(2)]
    hammer = Hammer(some, (("/all", "x") for _ in range(COUNT))).start()
    wait_until(lambda: sum(hammer.statuses().values()) > COUNT // 50)
    redis.kill()
    hammer.wait()
    assert not hammer.lost
    for server in some:
        told = hammer.statuses(server.port)
        assert told[200] == most and set(told) == {200, 429}
        assert len(lines(server, "limits_alone")) == 2  # of each worker
    redis.start()
    passed = 0

    def are_back():
        nonlocal passed
        again = Hammer(some, (("/all", "x") for _ in range(48))).start().wait()
        assert not again.lost and set(again.statuses()) <= {200, 429}
        passed += again.statuses().get(200, 0)
        return all(len(lines(server, "limits_shared")) == len(lines(server, "limits_alone"))
                   for server in some)

    wait_until(are_back)
    rest = Hammer(some, (("/all", "x") for _ in range(COUNT))).start().wait()
    assert not rest.lost
    assert passed + rest.statuses()[200] == most  # this Redis has begun anew, and they share it


@pytest.mark.parametrize("in_redis", [False, True])
def test_a_worker_is_killed_under_load(serve, request, in_redis):
    """What it had in hand is lost, and nothing else; what passes is still exact."""
    text = shared(request.getfixturevalue("redis")) if in_redis else app()
    server = serve(text, "--workers", "4")
    most = ALL
    hammer = Hammer([server], (("/all", "x") for _ in range(COUNT))).start()
    gone, killed = set(), set()
    for part in (1, 2):
        wait_until(lambda: sum(hammer.statuses().values()) > COUNT * part // 5)
        wait_until(lambda: not killed & set(workers(server)))
        victim = max(workers(server), key=lambda pid: len(peers_of(pid, server.port)))
        stop(victim)
        gone |= peers_of(victim, server.port)
        os.kill(victim, signal.SIGKILL)
        killed.add(victim)
    hammer.wait()
    assert hammer.broken and hammer.broken <= gone
    told, lost = hammer.statuses(), sum(hammer.lost.values())
    assert set(told) == {200, 429}
    assert most - lost <= told[200] <= most
    assert sum(told.values()) + lost == COUNT
