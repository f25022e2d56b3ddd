"""What the stub's tests share: a request, short ways to send it, and bare sockets."""

import http.client
import json
import socket

ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]}


def text_of(chunks):
    """The streamed text of the first choice."""
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def create(client, **changes):
    """One completion through the real client."""
    return client.chat.completions.create(**{**ASK, **changes})


def model(fault, **params):
    """A model name that asks for a fault."""
    return f"m+fault={fault}" + "".join(f"+{k}={v}" for k, v in params.items())


def content_of(events):
    """The text in the data of some events."""
    return "".join(c["delta"].get("content") or "" for e in events if e != "[DONE]"
                   for c in json.loads(e)["choices"])


def read_until_closed(link):
    """All bytes, and whether the end was a reset."""
    got = b""
    try:
        while piece := link.recv(65536):
            got += piece
    except ConnectionResetError:
        return got, True
    return got, False


class Raw:
    """Bare sockets and bare HTTP towards a stub."""

    def __init__(self, stub):
        self.stub = stub

    def connect(self, connection="keep-alive", **changes):
        """A socket on which one completion request has been sent."""
        body = json.dumps({**ASK, **changes}).encode()
        link = socket.create_connection((self.stub.host, self.stub.port), timeout=20)
        link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: stub\r\n"
                     b"Authorization: Bearer sk-test\r\nContent-Type: application/json\r\n"
                     b"Connection: %b\r\nContent-Length: %d\r\n\r\n"
                     % (connection.encode(), len(body)) + body)
        return link

    def pieces(self, **changes):
        """What each recv gives until the server closes or the body's last chunk is here."""
        with self.connect(**changes) as link:
            got = []
            while True:
                piece = link.recv(65536)
                if piece:
                    got.append(piece)
                if not piece or b"".join(got).endswith(b"\r\n0\r\n\r\n"):
                    return got

    def ask(self, body=None, method="POST", path="/v1/chat/completions", headers=None):
        """(status, headers, body) through http.client; `body` is JSON or bytes."""
        link = http.client.HTTPConnection(self.stub.host, self.stub.port, timeout=20)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        link.request(method, path, data, headers or {"Authorization": "Bearer sk-test"})
        answer = link.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        link.close()
        return result

    def stream(self, **changes):
        """The data of the events of a streamed answer, one data line each."""
        _, _, body = self.ask({**ASK, "stream": True, **changes})
        return [part.removeprefix(b"data: ").decode() for part in body.split(b"\n\n") if part]
