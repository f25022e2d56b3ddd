"""Streams cut at random bytes and resumed at random ways lose and repeat nothing.

RESUME_STREAMS   how many streams of each endpoint (default 70; `make test-resume` takes 1,000)
RESUME_SEED      where the chances begin
"""

import concurrent.futures
import json
import os
import random

import jsonpatch
import pytest
from raw import log_lines
from resume_rig import END, begin, follow, frames, id_of, numbers, resume, text_of, whole, Stream

STREAMS = int(os.environ.get("RESUME_STREAMS", 70))
SEED = int(os.environ.get("RESUME_SEED", 5))
WORDS = ["a", "word", "line\nbreak", "tab\t", "\u2028", "\u2029", "\x85", "🦀👨‍👩‍👧", "\\", '"', "翻译",
         "\r\n\r\n", "data: x", "id: 7", ": ping", "", "é" * 30]


def come_back(rng, server, route, endpoint, run_id, last):
    """The rest of a stream, asked for in one of the ways there are."""
    if last is None:
        return follow(server, route, run_id)
    way = rng.randrange(3)
    if way == 0:
        return resume(server, f"{route}/{endpoint}", last)
    if way == 1:
        return follow(server, route, run_id, last)
    return Stream(server.port, "GET", f"{route}/runs/{run_id}/events?last_event_id={last}")


def cut_at_random(server, endpoint, seed):
    """One stream, cut some times; what its client got, and what it should have."""
    rng = random.Random(seed)
    text = " ".join(rng.choices(WORDS, k=rng.randrange(1, 40)))
    got, cuts = [], rng.randrange(1, 7)
    stream = begin(server, f"/echo/{endpoint}", text)
    run_id = stream.run_id
    while True:
        size = rng.randrange(0, 1500 if endpoint == "stream" else 8000)
        data = stream.read(size if cuts > 0 else 10**9)
        got += frames(data)
        over = data.endswith(END) or stream.status == 204
        stream.cut(reset=rng.random() < 0.5)
        if over:
            break
        cuts -= 1
        stream = come_back(rng, server, "/echo", endpoint, run_id, id_of(got[-1]) if got else None)
        assert stream.status in (200, 204), stream.rest()
    every = whole(server, "/echo", run_id)
    assert got in (every, every[:-1])  # 204 tells of the end
    assert numbers(got) == list(range(len(got)))
    return text, every


def check(endpoint, text, events):
    assert events[-1].endswith(b"event: end")
    if endpoint == "stream":
        assert text_of(events) == text
    elif endpoint == "stream_events":
        last = json.loads(events[-2].partition(b"\r\ndata: ")[2])
        assert (last["event"], last["data"]["output"]) == ("on_chain_end", text)
    else:
        state = None
        for event in events[:-1]:
            ops = json.loads(event.partition(b"\r\ndata: ")[2])["ops"]
            state = jsonpatch.apply_patch(state, ops)
        assert state["final_output"] == text


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("endpoint", ["stream", "stream_events", "stream_log"])
def test_nothing_is_lost_or_repeated(server, endpoint):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        seeds = [f"{SEED}/{endpoint}/{i}" for i in range(STREAMS)]
        for text, events in pool.map(lambda seed: cut_at_random(server, endpoint, seed), seeds):
            check(endpoint, text, events)
    relayed = [line for line in log_lines(server, "request") if line.get("note") == "relayed"]
    assert relayed  # some came back to the other worker
