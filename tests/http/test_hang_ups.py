"""A thousand clients that hang up at random bytes, of what they send or of what they are sent:
no run is left open, nothing leaks, and the next client is served.

What each client does follows from SEED and its number.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from raw import Talk, app, children, is_up, log_lines, post, wait_for

SEED = 20
CLIENTS = 1000
AT_ONCE = 20
# Nothing ends the runs of /slow but the client's leaving.
PATHS = ("/slow/invoke", "/slow/stream", "/slow/batch", "/chat/invoke", "/chat/stream", "/chat/batch", "/big/stream")
TEXT = {"text": "word " * 2000}


@pytest.fixture(scope="module")
def server(launch):
    return launch(app(delay="60s"))


def request_of(path):
    one = "x" if path.startswith("/chat") else TEXT
    return post(path, {"inputs": [one] * 3} if path.endswith("batch") else {"input": one})


def read_some(talk, count):
    """Up to so many bytes, as long as they keep coming."""
    talk.socket.settimeout(0.1)
    try:
        while count > 0 and (piece := talk.socket.recv(min(count, 4096))):
            count -= len(piece)
    except (TimeoutError, ConnectionResetError):
        pass


def hang_up(server, number):
    """One client: sends and reads up to some byte, then leaves in one of three ways."""
    dice = random.Random(f"{SEED} {number}")
    data = request_of(dice.choice(PATHS))
    with Talk(server.port) as talk:
        if dice.random() < 0.4:
            talk.send_raw(data[:dice.randrange(len(data))])
        else:
            talk.send_raw(data)
            read_some(talk, dice.choice([0, dice.randrange(400), dice.randrange(100_000)]))
        leave = dice.choice([Talk.reset, Talk.end_sending, Talk.__exit__])
        try:
            leave(talk)
        except OSError:  # the server was the first
            pass


def streams(server):
    """(how many sleepy streams began, how many runs of their route were cancelled)"""
    began = [line for line in log_lines(server, "request")
             if line["path"] == "/slow/stream" and line["status"] == 200]
    return len(began), len([line for line in log_lines(server, "run_failed")
                            if line["route"] == "/slow"])


def test_a_thousand_hang_up(server):
    workers = children(server)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(hang_up, server, number) for number in range(CLIENTS)]:
            done.result()
    assert is_up(server) and children(server) == workers
    began, ended = wait_for(lambda: (seen := streams(server))[0] <= seen[1] and seen)
    assert began > CLIENTS / 20 and ended > began
    assert {line["error"] for line in log_lines(server, "run_failed")} == {"cancelled"}
    server.stop_cleanly()  # a run that was left open would be a leak
