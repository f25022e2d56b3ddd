"""A stream of 100,000 chunks costs the worker no memory that grows with it."""

import pathlib

import httpx
import pytest
import servers

CHUNKS = 100_000
APP = """
models: {long: {provider: fake, responses: ["%s"]}}
chains: {say: [{prompt: "{x}"}, long, str]}
routes: {/say: say}
"""


def resident(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def worker_of(server):
    children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return int(children.read_text().split()[0])


@pytest.mark.parametrize("endpoint", ["stream", "stream_events"])
def test_memory_stays_flat(serve, endpoint):
    if "asan" in str(servers.langserved_binary()):
        pytest.skip("sanitizers keep what was freed")
    server = serve(APP % ("x" * CHUNKS))
    worker, at, seen = worker_of(server), [], 0
    with httpx.stream("POST", f"{server.url}/say/{endpoint}", timeout=120,
                      json={"input": {"x": "x"}, "version": "v2"}) as answer:
        for line in answer.iter_lines():
            if not line.startswith("data: "):
                continue
            seen += 1
            if seen % 10_000 == 0:
                at.append(resident(worker))
    assert seen >= CHUNKS
    assert max(at[2:]) - at[1] < 2 << 20, at  # the text itself is 100 kB
