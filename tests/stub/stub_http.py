"""HTTP/1.1 for the stub: reads requests, writes bytes, and notices at once when a peer leaves.

Design: one Connection per socket, one task per Connection. The task reads a request and calls the
application's `handle(connection, request)`, which writes with `connection.write`. When the peer
closes or resets while an answer is under way, the task is cancelled, so that a stall ends too. A
half-closed peer counts as gone. Write buffers are kept empty (`drain`), hence what was counted as
sent has been handed to the kernel.
"""

import array
import asyncio
import fcntl
import itertools
import json
import socket
import struct
import termios
import time
from dataclasses import dataclass, field

MAX_HEAD = 1 << 20
MAX_BODY = 64 << 20


class BadRequest(Exception):
    """What arrived is not HTTP that the stub understands."""


class PeerGone(Exception):
    """The peer closed before its request was complete."""


@dataclass
class Request:
    """One request; `headers` has lower-case names, `raw_headers` what was sent, in order."""
    method: str
    target: str
    version: str
    raw_headers: list
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    body_complete: bool = False
    received_at: float = 0.0

    @property
    def path(self):
        """The target without its query."""
        return self.target.split("?", 1)[0]

    def json(self):
        """The body as JSON, None if it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def parse_head(head):
    """A Request without a body from the bytes before the empty line."""
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(f"bad request line {lines[0]!r}")
    raw = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadRequest(f"bad header {line!r}")
        raw.append([name, value.strip()])
    request = Request(parts[0], parts[1], parts[2], raw, received_at=time.time())
    for name, value in raw:
        key = name.lower()
        known = request.headers.get(key)
        request.headers[key] = value if known is None else f"{known}, {value}"
    return request


class Connection(asyncio.Protocol):
    """One accepted socket."""

    def __init__(self, app, number):
        self.app = app
        self.number = number
        self.is_control = False
        self.closing = False
        self.peer_gone = False
        self.record = None
        self.task = None
        self._transport = None
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    # ---- what asyncio tells us ----

    def connection_made(self, transport):
        """The socket is accepted."""
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        self.app.on_open(self)
        self.task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data):
        """Bytes have arrived."""
        self._buffer += data
        self._news.set()

    def eof_received(self):
        """The peer has sent its FIN; asyncio closes our side when this returns."""
        self._on_peer_gone()

    def connection_lost(self, exc):
        """The socket is closed, by whichever side."""
        self._on_peer_gone()
        self._writable.set()
        self.app.on_close(self)

    def pause_writing(self):
        """The kernel takes no more for now."""
        self._writable.clear()

    def resume_writing(self):
        """All that was written has been handed to the kernel."""
        self._writable.set()

    def _on_peer_gone(self):
        """Ends an answer under way, or lets the reader find the end of its buffer."""
        if self.peer_gone:
            return
        self.peer_gone = True
        self._news.set()
        if self.record is not None and not self.closing:
            self._note_hang_up()
            self.task.cancel()

    def _note_hang_up(self):
        """Writes into the record where the peer left."""
        self.record["hung_up"] = True
        self.record["bytes_sent"] -= self._transport.get_write_buffer_size()

    # ---- serving ----

    async def _serve(self):
        """Requests one after the other until somebody closes."""
        try:
            while not self.closing:
                await self._serve_one()
        except (PeerGone, asyncio.CancelledError):
            pass
        except BadRequest as error:
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                                  b"Content-Length: 0\r\nX-Stub: "
                                  + str(error).encode("ascii", "replace") + b"\r\n\r\n")
        finally:
            self.end_record()
            self._transport.close()

    async def _serve_one(self):
        """Reads one request and answers it."""
        head = await self._read_until(b"\r\n\r\n", MAX_HEAD)
        request = parse_head(head)
        self.app.on_head(self, request)
        await self._read_body(request)
        self.app.on_body(self, request)
        if self.peer_gone and self.record is not None:
            self._note_hang_up()
            raise PeerGone
        await self.app.handle(self, request)
        self.end_record()
        wish = request.headers.get("connection", "").lower()
        self.closing |= "close" in wish or request.version == "HTTP/1.0"

    def end_record(self):
        """The answer under way is over."""
        if self.record is not None:
            self.record["ended_at"] = time.time()
            self.record = None

    # ---- reading ----

    async def _more(self):
        """Waits until the buffer has grown."""
        if self.peer_gone:
            if self.record is not None:
                self._note_hang_up()
            raise PeerGone
        self._news.clear()
        await self._news.wait()

    async def _read_until(self, mark, limit):
        """Takes the bytes before `mark`, and drops the mark."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit:
                raise BadRequest("too long")
            await self._more()
        taken = bytes(self._buffer[:at])
        del self._buffer[:at + len(mark)]
        return taken

    async def _read_exactly(self, size):
        """Takes `size` bytes."""
        if size > MAX_BODY:
            raise BadRequest("body too large")
        while len(self._buffer) < size:
            await self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _read_body(self, request):
        """Fills in the request's body."""
        if request.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in request.headers.get("transfer-encoding", "").lower():
            request.body = await self._read_chunked()
        else:
            length = request.headers.get("content-length", "0")
            if not length.isdigit():
                raise BadRequest("bad content-length")
            request.body = await self._read_exactly(int(length))
        request.body_complete = True

    async def _read_chunked(self):
        """A chunked body; trailers are dropped."""
        body = b""
        while True:
            line = (await self._read_until(b"\r\n", 4096)).split(b";")[0]
            try:
                size = int(line, 16)
            except ValueError:
                raise BadRequest("bad chunk size") from None
            if size == 0:
                break
            body += await self._read_exactly(size)
            await self._read_exactly(2)
        while await self._read_until(b"\r\n", 4096):
            pass
        return body

    # ---- writing ----

    async def write(self, data):
        """Hands bytes to the kernel and counts them."""
        if self.record is not None:
            self.record["first_byte_at"] = self.record["first_byte_at"] or time.time()
            self.record["bytes_sent"] += len(data)
        self._transport.write(data)
        await self._writable.wait()

    async def flush(self):
        """Waits (at most a second) until the peer's kernel has acknowledged everything."""
        end = time.monotonic() + 1
        unsent = array.array("i", [0])
        link = self._transport.get_extra_info("socket")
        for turn in itertools.count():
            if link.fileno() < 0 or time.monotonic() > end:
                return
            fcntl.ioctl(link.fileno(), termios.TIOCOUTQ, unsent)
            if unsent[0] == 0:
                return
            await asyncio.sleep(0 if turn < 50 else 0.0005)

    async def close(self):
        """A clean FIN after what was written."""
        self.closing = True
        await self.flush()
        self._transport.close()

    async def reset(self):
        """An RST after what was written has arrived."""
        await self.flush()
        self.closing = True
        handle = self._transport.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def abort(self):
        """The stub itself stops."""
        self.closing = True
        self.task.cancel()
        self._transport.abort()
