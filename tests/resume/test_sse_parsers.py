"""Four independent parsers of server-sent events agree on every stream, and one real EventSource
ends where the stream does.

NODE   the node to run (default: the one on the path; 18 or newer)
"""

import json
import os
import pathlib
import re
import subprocess

import httpx
import httpx_sse
import pytest
import sseclient
from resume_rig import begin, follow, frames

HERE = pathlib.Path(__file__).resolve().parent
TEXTS = {
    "plain": "one two three",
    "lines": "a\nb\r\nc\rd\n\n\r\n\r\n",
    "separators": "\u2028 \u2029 \x85 \x0b \x0c \x1c \x1e \ufeff",
    "empty": "",
    "emojis": "🦀 👨‍👩‍👧‍👦 é 翻译 \U0010ffff",
    "fields": "data: x id: 7 event: end : ping \" \\ retry: 1",
    "blanks": "   leading and trailing   ",
}


def expected(data):
    """The events as this server prints them: one line of each field."""
    pattern = rb"id: (\S+)\r\nevent: (\w+)\r\ndata: ([^\r\n]*)"
    matches = [re.fullmatch(pattern, frame) for frame in frames(data)]
    return [[m[2].decode(), m[3].decode(), m[1].decode()] for m in matches if m]


def in_pieces(data, size):
    return (data[at:at + size] for at in range(0, len(data), size))


def by_sseclient(data, size):
    events = sseclient.SSEClient(in_pieces(data, size)).events()
    return [[event.event, event.data, event.id] for event in events]


def by_httpx_sse(url):
    with httpx.Client() as client, httpx_sse.connect_sse(client, "GET", url) as source:
        return [[event.event, event.data, event.id] for event in source.iter_sse() if event.data]


def by_javascript(streams, folder):
    """Of each of [(bytes, url)]: {parser: [...], client: [...]}."""
    arguments = []
    for i, (data, url) in enumerate(streams):
        (folder / f"stream{i}").write_bytes(data)
        arguments += [folder / f"stream{i}", url]
    run = subprocess.run([os.environ.get("NODE", "node"), HERE / "parsers.mjs", *arguments],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def record(server, route, endpoint, text):
    """A stream as its client got it, and where it can be had again."""
    with begin(server, f"{route}/{endpoint}", text) as stream:
        data = stream.rest()
    run_id = re.match(rb"id: ([0-9a-f-]+):0\r\n", data)[1].decode()
    with follow(server, route, run_id) as again:
        assert again.rest() == data
    return data, f"{server.url}{route}/runs/{run_id}/events"


@pytest.mark.parametrize("endpoint", ["stream", "stream_log", "stream_events"])
def test_parsers_agree(server, tmp_path, endpoint):
    streams = [record(server, "/echo", endpoint, text) for text in TEXTS.values()]
    streams.append(record(server, "/fails", endpoint, "x"))
    assert b"event: error\r\n" in streams[-1][0]
    for (data, url), javascript in zip(streams, by_javascript(streams, tmp_path)):
        events = expected(data)
        assert len(events) >= len(frames(data)) - 1 > 0  # all but `end`
        assert by_sseclient(data, 7) == by_sseclient(data, 1) == events
        assert by_httpx_sse(url) == events
        assert javascript["parser"] == events
        assert javascript["client"] == events
