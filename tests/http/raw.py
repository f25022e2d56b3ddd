"""Talking to the server byte by byte, and the apps that these tests serve.

What is sent may be no HTTP at all; what comes back is read to the end of the connection.
"""

import io
import json
import os
import pathlib
import socket
import struct
import time

from wire_http import Answer, Connection

HOST = b"Host: h\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n"

MODELS = """
models:
  hello: {provider: fake, responses: ["Hello there!"]}
  slow: {provider: fake, responses: ["one two three four five six seven eight"], chunk: word,
         delay: %s}
  big: {provider: fake, echo: true, chunk: word}
routes:
  /chat: hello
  /slow: {chain: [{prompt: "{text}"}, slow, str]}
  /big: {chain: [{prompt: "{text}"}, big, str]}
  /same: {chain: passthrough, input: {}}
"""


def app(server="", delay="100ms"):
    """An app with a fast, a slow, a big and a plain route; `server` is the inside of `server:`."""
    return "server: {index: true%s}\n" % (", " + server if server else "") + MODELS % delay


def post(path, value, *headers, version="1.1"):
    """The bytes of a POST with a JSON body."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    lines = [f"POST {path} HTTP/{version}", "Host: h", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Talk(Connection):
    """A connection that sends bytes as they are."""

    def send_raw(self, data, pause=0.0, step=None):
        """Sends all of it, or until the server hangs up; in steps with pauses if asked to."""
        try:
            for i in range(0, len(data), step or len(data) or 1):
                self.socket.sendall(data[i:i + (step or len(data))])
                time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Hangs up with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.file.close()
        self.socket.close()

    def rest(self, timeout=10, last=None):
        """Everything up to `last`, or the end; TimeoutError when neither comes."""
        self.socket.settimeout(timeout)
        data = b""
        try:
            while not (last and data.endswith(last)) and (piece := self.file.read1(65536)):
                data += piece
        except ConnectionResetError:
            pass
        return data

    def answers(self, timeout=10):
        """All answers up to the end of the connection."""
        return parse(self.rest(timeout))


class _Parser(Connection):
    """The reader of Connection over bytes in memory."""

    def __init__(self, data):
        self.file = io.BytesIO(data)


def parse(data):
    """The answers in `data`, each an Answer."""
    parser, found = _Parser(data), []
    while (answer := parser.read()).status or answer.interim:
        found.append(answer)
    return found


def ask(port, data, timeout=10):
    """Sends, then reads all answers until the server closes."""
    with Talk(port) as talk:
        return talk.send_raw(data).answers(timeout)


def one(port, data, method="GET"):
    """Sends one request and reads its answer."""
    with Talk(port) as talk:
        return talk.send_raw(data).read(method)


def detail(answer: Answer):
    """The sentence of a JSON error body."""
    assert answer.content_type.startswith("application/json"), answer
    found = json.loads(answer.body)["detail"]
    assert found
    return found


def socket_inodes(pid):
    """The sockets of a process, as /proc/net/tcp names them; the dead have none."""
    found = set()
    try:
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            link = os.readlink(fd)
            found |= {link[8:-1]} if link.startswith("socket:") else set()
    except FileNotFoundError:
        pass
    return found


def other_ends(talks):
    """The server's socket of each connection: its inode, "0" once the server has let go, and how
    many bytes it has not read yet."""
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = {(line[1][-4:], line[2][-4:]): (line[9], int(line[4][-8:], 16)) for line in lines}
    ports = [(talk.socket.getpeername()[1], talk.socket.getsockname()[1]) for talk in talks]
    return [ends.get((f"{server:04X}", f"{client:04X}"), ("0", 0)) for server, client in ports]


def is_held(talk):
    """Whether a worker has the other end of the connection."""
    return other_ends([talk])[0][0] != "0"


def has_read(talk):
    """Whether a worker has read all that was sent."""
    inode, unread = other_ends([talk])[0]
    return inode != "0" and unread == 0


def children(server):
    """The pids of the workers that live."""
    pid = server.process.pid
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def is_up(server):
    return one(server.port, HEALTH).status == 200


def log_lines(server, event=None):
    """The log's lines, each of which must be JSON; one that is being written does not count."""
    written = server.log_path.read_bytes().rpartition(b"\n")[0]
    lines = [json.loads(line) for line in written.splitlines()]
    return [line for line in lines if event in (None, line["event"])]


def wait_for(condition, seconds=10, what="it"):
    """The first true value of condition()."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return value
