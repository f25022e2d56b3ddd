"""What a server has in its memory of a file that it no longer serves."""

import os
import pathlib
import re
import signal

import pytest
import servers
from raw import children, one, post, wait_for

KEPT = """\
server: {log_format: json, secret: SLOT-of-tokens}
auth: {keys: {a: SLOT-of-a-client}}
store: {url: "redis://u:SLOT-of-redis@127.0.0.1:1/0"}
models:
  m: {provider: openai, api_key: SLOT-of-a-model, base_url: "http://127.0.0.1:1/v1", max_retries: 0}
routes:
  /m: m
  /r:
    chain: {remote: "http://127.0.0.1:1/a", headers: {authorization: SLOT-of-a-header}, max_retries: 0}
    cache: {ttl: 1h}
  /l: {chain: {lambda: "input"}, require: {headers: {x-token: {equals: SLOT-of-a-route}}}}
"""
EMPTIED = "server: {log_format: json}\nmodels: {m: {provider: fake, responses: [x]}}\nroutes: {/a: m}\n"


def found_in_memory(pid, needle):
    """The texts in the process's memory that begin with `needle`."""
    found = set()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            first, last = [int(part, 16) for part in line.split()[0].split("-")]
            if line.split()[1].startswith("rw") and last - first < 1 << 30:
                try:
                    memory.seek(first)
                    found |= set(re.findall(needle + rb"[a-z-]*", memory.read(last - first)))
                except (OSError, OverflowError):
                    pass  # nothing of it is there
    return found


def test_nothing_is_left_of_a_file_that_is_no_longer_served(serve):
    """In the memory of the process that read it and of those that began later."""
    if "asan" in str(servers.langserved_binary()):
        pytest.skip("sanitizers keep what was freed")
    if os.getuid() != 0:
        pytest.skip("only root can read that memory")
    canary = "canary" + os.urandom(4).hex()
    server = serve(KEPT.replace("SLOT", canary))
    for path in ("/m/invoke", "/r/invoke"):
        one(server.port, post(path, {"input": "x"}, f"X-API-Key: {canary}-of-a-client"))
    workers, needle = children(server), canary.encode()
    assert found_in_memory(workers[0], needle)
    (server.folder / "app.yaml").write_text(EMPTIED)
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(children(server)) == 1 and children(server) != workers)
    for pid in (server.process.pid, *children(server)):
        assert not found_in_memory(pid, needle)
