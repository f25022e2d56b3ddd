"""An HTTP answer as data, and the sending of it.

A Reply is a status, headers and frames: the pieces of the body that are written one by one (one SSE
event each, or the whole JSON body as the only frame). `framing` says how the body ends: "length",
"chunked" or "close". An Exchange sends a Reply, whole or in part, and may slice what it writes.
"""

import asyncio
import email.utils
import http
import json
from dataclasses import dataclass, field

JSON_TYPE = "application/json"
SSE_TYPE = "text/event-stream; charset=utf-8"


@dataclass
class Reply:
    """A complete answer that has not been sent yet."""
    status: int = 200
    content_type: str = JSON_TYPE
    headers: list = field(default_factory=list)
    frames: list = field(default_factory=list)
    framing: str = "length"
    content_length: object = None  # announced instead of the true one
    is_stream: bool = False

    def head(self):
        """The status line and the headers as bytes."""
        rows = [("Date", email.utils.formatdate(usegmt=True)), ("Content-Type", self.content_type)]
        rows += self.headers
        length = self.content_length
        if length is None and self.framing == "length":
            length = sum(map(len, self.frames))
        if length is not None:
            rows.append(("Content-Length", length))
        elif self.framing == "chunked":
            rows.append(("Transfer-Encoding", "chunked"))
        else:
            rows.append(("Connection", "close"))
        lines = [f"HTTP/1.1 {self.status} {reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in rows]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")

    def in_halves(self):
        """Cuts a body of one frame in two, so that there is a middle."""
        if len(self.frames) == 1:
            body = self.frames[0]
            self.frames = [body[:len(body) // 2], body[len(body) // 2:]]


def reason(status):
    """The phrase of a status line."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Unknown"


def json_reply(body, status=200, headers=()):
    """A Reply with a JSON body, written as OpenAI writes it."""
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    return Reply(status=status, headers=list(headers), frames=[text.encode("utf-8", "replace")])


def event(item):
    """An SSE event with one data line; `item` is an object or text."""
    if not isinstance(item, (str, bytes)):
        item = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    data = item if isinstance(item, bytes) else item.encode("utf-8", "replace")
    return b"data: " + data + b"\n\n"


def no_slices(data):
    """Writes go out as they are."""
    return [data]


class Exchange:
    """One request under way on a connection, and the step that says how to answer it."""

    def __init__(self, connection, request, step):
        self.connection = connection
        self.request = request
        self.step = step
        self.slices = no_slices
        self.gap = None  # seconds between slices

    async def write(self, data):
        """Writes bytes, slice by slice."""
        for piece in self.slices(data):
            await self.connection.write(piece)
            if self.gap is not None:
                await self.connection.flush()
                await asyncio.sleep(self.gap)

    async def send(self, reply):
        """Sends a whole reply."""
        await self.send_part(reply, len(reply.frames))
        await self.end(reply)

    async def send_part(self, reply, count):
        """Sends the head and the first `count` frames, `delay_ms` apart."""
        await self.send_head(reply)
        for at, frame in enumerate(reply.frames[:count]):
            if at or not reply.is_stream:
                await asyncio.sleep(self.step.get("delay_ms", 0) / 1000)
            await self.send_frame(reply, frame)

    async def send_head(self, reply):
        """Sends status line and headers."""
        self.connection.record["status"] = reply.status
        await self.write(reply.head())

    async def send_frame(self, reply, frame):
        """Sends one frame in the reply's framing."""
        if reply.framing == "chunked" and reply.content_length is None:
            frame = b"%x\r\n%b\r\n" % (len(frame), frame)
        await self.write(frame)
        self.connection.record["events_sent"] += reply.is_stream

    async def end(self, reply):
        """Marks the end of the body."""
        if reply.framing == "chunked" and reply.content_length is None:
            await self.write(b"0\r\n\r\n")
        elif reply.framing == "close":
            await self.connection.close()
