"""slowhttptest's four attacks: who is slow on purpose is closed, and others are served meanwhile."""

import pathlib
import shutil
import subprocess

import pytest
from raw import app, is_up, log_lines, wait_for

SERVER = "header_timeout: 1s, body_timeout: 1s, idle_timeout: 3s, write_timeout: 1s"
BIG = "  /huge: {chain: {value: '%s'}, as: rest, method: GET}\n" % ("x" * 500_000)
CONNECTIONS = 50
MOST_SECONDS = 30

ATTACKS = {
    "slow heads": ["-H", "-i", "1", "/health"],
    "slow bodies": ["-B", "-i", "1", "-s", "100000", "/same/invoke"],
    "many ranges": ["-R", "/health"],
    "slow reading": ["-X", "-k", "10", "-n", "5", "-w", "16", "-y", "32", "-z", "1", "/huge"],
}


@pytest.fixture
def server(launch):
    if not shutil.which("slowhttptest"):
        pytest.fail("slowhttptest is not there: run `scripts/setup --test`", pytrace=False)
    return launch(app(SERVER) + BIG)


def begin(server, *options, path):
    return subprocess.Popen(
        ["slowhttptest", "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-l",
         str(2 * MOST_SECONDS), *options, "-u", server.url + path],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def held(server):
    """The connections that the server has not let go of; what the system still keeps is no one's."""
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port, listens, nobody = f":{server.port:04X}", "0A", "0"
    return sum(line[1].endswith(port) and line[3] != listens and line[9] != nobody
               for line in lines)


def has_come(server):
    """The attack is there, or was: requests for ranges, with HEAD, are answered and over at once."""
    return held(server) > CONNECTIONS / 2 or CONNECTIONS <= sum(
        line["method"] == "HEAD" for line in log_lines(server, "request"))


@pytest.mark.parametrize("options", ATTACKS.values(), ids=ATTACKS.keys())
def test_attack(server, options):
    with begin(server, *options[:-1], path=options[-1]) as attack:
        try:
            wait_for(lambda: is_up(server) and has_come(server), what="the attack")
            wait_for(lambda: is_up(server) and held(server) == 0, MOST_SECONDS, "closing all")
        finally:
            attack.kill()
