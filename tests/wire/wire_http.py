"""One HTTP exchange over a bare socket, so that nothing is tidied up on the way.

A Request says which bytes go out; an Answer keeps what came back, framing included.
"""

import socket
from dataclasses import dataclass, field

TIMEOUT = 40


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    headers: tuple = ()  # (name, value) pairs beside host and content-length
    http: str = "HTTP/1.1"
    chunks: tuple = ()  # sizes of the chunks the body is sent in; () sends content-length
    host: str | None = "{host}"  # None leaves the header out

    def head(self, host):
        lines = [f"{self.method} {self.path.replace('{host}', host)} {self.http}"]
        if self.host is not None:
            lines.append(f"host: {self.host.replace('{host}', host)}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.chunks:
            lines.append("transfer-encoding: chunked")
        elif self.body or self.method == "POST":
            lines.append(f"content-length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def payload(self):
        if not self.chunks:
            return self.body
        out, rest = b"", self.body
        for size in (*self.chunks, len(self.body)):
            piece, rest = rest[:size], rest[size:]
            out += b"%X\r\n%s\r\n" % (len(piece), piece) if piece else b""
        return out + b"0\r\n\r\n"

    def expects_continue(self):
        return any(name.lower() == "expect" for name, _ in self.headers)


@dataclass
class Answer:
    status: int | None = None
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    interim: list = field(default_factory=list)  # 1xx statuses that came first
    framing: str = "close"  # length, chunked, cut, none, close

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def content_type(self):
        return self.headers.get("content-type", "")


class Connection:

    def __init__(self, port):
        self.host = f"127.0.0.1:{port}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, request):
        self.socket.sendall(request.head(self.host) + request.payload())

    def ask(self, request):
        """Sends the request and reads its answer; a body that was announced waits for 100."""
        if not request.expects_continue():
            self.send(request)
            return self.read(request.method)
        self.socket.sendall(request.head(self.host))
        answer = Answer()
        self._read_head(answer)
        if answer.status == 100:
            self.socket.sendall(request.payload())
            answer = self.read(request.method)
            answer.interim.insert(0, 100)
            return answer
        return self._read_rest(answer, request.method)

    def read(self, method="GET"):
        answer = Answer()
        self._read_head(answer)
        while answer.status and answer.status < 200:
            answer.interim.append(answer.status)
            answer.headers = {}
            self._read_head(answer)
        return self._read_rest(answer, method)

    def is_closed(self):
        """Whether the server ends the connection (waits for it a little)."""
        self.socket.settimeout(2)
        try:
            return self.file.read(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def _read_head(self, answer):
        status_line = self.file.readline().split()
        answer.status = int(status_line[1]) if len(status_line) > 1 else None
        while answer.status and (line := self.file.readline().strip()):
            name, _, value = line.decode("latin-1").partition(":")
            answer.headers[name.lower()] = value.strip()

    def _read_rest(self, answer, method):
        if not answer.status or method == "HEAD" or answer.status in (204, 304):
            answer.framing = "none"
        elif answer.headers.get("transfer-encoding", "").lower() == "chunked":
            answer.framing = "chunked" if self._read_chunks(answer) else "cut"
        elif "content-length" in answer.headers:
            answer.framing = "length"
            answer.body = self.file.read(int(answer.headers["content-length"]))
        else:
            answer.body = self.file.read()
        return answer

    def _read_chunks(self, answer):
        while (line := self.file.readline().split(b";")[0].strip()):
            size = int(line, 16)
            answer.body += self.file.read(size)
            self.file.readline()
            if size == 0:
                return True
        return False


def exchange(port, request):
    with Connection(port) as connection:
        return connection.ask(request)
