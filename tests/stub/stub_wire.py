"""The WIRE faults: how, and how far, the bytes of a Reply are sent.

Each is `async fault(exchange, reply)` and does the sending. Parameters are in README.md.
"""

import asyncio
import itertools
import re

WIRE = {}


def wire_fault(function):
    """Registers a fault under its name."""
    WIRE[function.__name__] = function
    return function


# ---- slicing ----

@wire_fault
async def split_utf8(exchange, reply):
    """Every write is cut inside its first character that has several bytes."""
    def halves(data):
        found = re.search(rb"[\xc3-\xf4][\x80-\xbf]", data)
        at = found.start() + 1 if found else len(data) // 2
        return [piece for piece in (data[:at], data[at:]) if piece]
    exchange.slices = halves
    exchange.gap = exchange.step.get("gap_ms", 5) / 1000
    await exchange.send(reply)


@wire_fault
async def one_byte(exchange, reply):
    """Every byte, those of the head included, is a packet of its own."""
    exchange.slices = lambda data: [data[at:at + 1] for at in range(len(data))]
    exchange.gap = exchange.step.get("gap_ms", 0) / 1000
    await exchange.send(reply)


@wire_fault
async def burst(exchange, reply):
    """All events arrive in one write."""
    reply.frames = [b"".join(reply.frames)]
    await exchange.send(reply)


@wire_fault
async def comments_crlf(exchange, reply):
    """All that SSE allows and few servers do: see README.md."""
    if reply.is_stream:
        eol = exchange.step.get("eol", "\r\n").encode()
        ids = exchange.step.get("ids")
        reply.frames = [_odd_event(at, frame, eol, ids) for at, frame in enumerate(reply.frames)]
        if exchange.step.get("pings"):
            reply.frames.insert(1, b"event: ping" + eol + eol)
        if exchange.step.get("bom"):
            reply.frames[0] = b"\xef\xbb\xbf" + reply.frames[0]
    await exchange.send(reply)


def _odd_event(at, frame, eol, ids):
    """An event in an unusual spelling that means the same."""
    data = frame[len(b"data: "):].rstrip(b"\n")
    head, comma, tail = data.partition(b",")
    lines = [b": keep-alive", b":", b""] if at % 2 == 0 else [b"event: message"]
    if comma and at % 2 == 0:
        lines += [b"data:" + head + comma, b"data: " + tail]
    else:
        lines += [b"id: %d" % at] if ids else []
        lines += [b"retry: 3000", b"unknown field", b"data:" + data]
    return eol.join(lines + [b"", b""])


# ---- ends in the wrong place ----

async def _send_to_middle(exchange, reply):
    """Sends the head and the first `after` frames, or half of a whole body."""
    reply.in_halves()
    default = 3 if reply.is_stream else 1
    await exchange.send_part(reply, exchange.step.get("after", default))


@wire_fault
async def reset_before_headers(exchange, reply):
    """RST instead of an answer."""
    await exchange.connection.reset()


@wire_fault
async def close_before_headers(exchange, reply):
    """FIN instead of an answer."""
    await exchange.connection.close()


@wire_fault
async def reset_mid_stream(exchange, reply):
    """RST in the middle of the body."""
    await _send_to_middle(exchange, reply)
    await exchange.connection.reset()


@wire_fault
async def close_mid_stream(exchange, reply):
    """FIN in the middle of the body."""
    await _send_to_middle(exchange, reply)
    await exchange.connection.close()


@wire_fault
async def close_after_response(exchange, reply):
    """A perfect keep-alive answer; then the connection closes without having said so."""
    await exchange.send(reply)
    exchange.connection.end_record()
    await asyncio.sleep(exchange.step.get("after_ms", 0) / 1000)
    await exchange.connection.close()


# ---- waits ----

async def _stall(exchange):
    """Waits `seconds`, or until the client leaves."""
    await asyncio.sleep(exchange.step.get("seconds", 86400))


@wire_fault
async def stall_before_headers(exchange, reply):
    """Nothing at all for a while, then the answer."""
    await _stall(exchange)
    await exchange.send(reply)


@wire_fault
async def stall_mid_stream(exchange, reply):
    """A part of the body, nothing for a while, then the rest."""
    reply.in_halves()
    count = exchange.step.get("after", 3 if reply.is_stream else 1)
    await exchange.send_part(reply, count)
    await _stall(exchange)
    for frame in reply.frames[count:]:
        await exchange.send_frame(reply, frame)
    await exchange.end(reply)


# ---- too much ----

async def _pour(exchange, reply, pieces):
    """Writes pieces until `limit_bytes` have gone, by default until the client leaves."""
    limit = exchange.step.get("limit_bytes")
    sent = 0
    for piece in pieces:
        await exchange.send_frame(reply, piece)
        await asyncio.sleep(exchange.step.get("delay_ms", 0) / 1000)
        sent += len(piece)
        if limit is not None and sent >= limit:
            break
    await exchange.connection.close()


@wire_fault
async def endless_body(exchange, reply):
    """A JSON string, in a stream a line, that never ends."""
    body = b"".join(reply.frames)
    at = body.find(b'"content"')
    start = body[:max(at, 0)] + b'"content": "'
    reply.framing = "chunked"
    await exchange.send_head(reply)
    await _pour(exchange, reply, itertools.chain([start], itertools.repeat(b"x" * 16384)))


@wire_fault
async def endless_events(exchange, reply):
    """A good stream that never ends; a whole body is repeated for ever."""
    reply.framing = "chunked"
    await exchange.send_head(reply)
    again = reply.frames[min(1, len(reply.frames) - 1)]
    await _pour(exchange, reply, itertools.chain(reply.frames[:1], itertools.repeat(again)))


@wire_fault
async def huge_header(exchange, reply):
    """`count` headers of `size` bytes each (1 of 1 MiB)."""
    size, count = exchange.step.get("size", 1 << 20), exchange.step.get("count", 1)
    reply.headers += [(f"X-Huge-{at}", "h" * size) for at in range(count)]
    await exchange.send(reply)


# ---- unusual and wrong HTTP ----

@wire_fault
async def interim_responses(exchange, reply):
    """100 and 103 come before the answer."""
    await exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n"
                         b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
    await exchange.send(reply)


@wire_fault
async def wrong_content_type(exchange, reply):
    """The right body under a wrong Content-Type."""
    reply.content_type = exchange.step.get("content_type", "text/plain")
    await exchange.send(reply)


@wire_fault
async def bad_content_length(exchange, reply):
    """Content-Length is off by `delta` (+10), or is `value`; then FIN."""
    true = sum(map(len, reply.frames))
    reply.content_length = exchange.step.get("value", true + exchange.step.get("delta", 10))
    await exchange.send_part(reply, len(reply.frames))
    await exchange.connection.close()


@wire_fault
async def bad_chunk(exchange, reply):
    """A chunk size in the middle that is not a number."""
    reply.framing = "chunked"
    await _send_to_middle(exchange, reply)
    await exchange.write(b"zz\r\nnonsense\r\n")
    await exchange.connection.close()


@wire_fault
async def garbage_http(exchange, reply):
    """Bytes that are not HTTP."""
    await exchange.write(str(exchange.step.get("text", "SSH-2.0-OpenSSH_9.2\r\n")).encode())
    await exchange.connection.close()
