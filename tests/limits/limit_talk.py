"""One request, and what the tests of limits read of its answer."""

import http.client
import json
import re
import socket

INVOKE = {"input": "x"}


class Answer:
    """Status, headers (names in lower case) and JSON of an answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def left(self):
        """How many requests each limit leaves, in the order of the header."""
        return [int(n) for n in re.findall(r";r=(\d+)", self.headers["ratelimit"])]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("h")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def ask(server, path, value=INVOKE, headers=(), method=None, unix=None):
    """A request on a connection of its own, through the Unix socket if one is named."""
    connection = UnixConnection(unix) if unix else http.client.HTTPConnection(
        "127.0.0.1", server.port, timeout=30)
    body = None if value is None else json.dumps(value)
    connection.request(method or ("GET" if value is None else "POST"), path, body,
                       {"Content-Type": "application/json", **dict(headers)})
    try:
        return Answer(connection.getresponse())
    finally:
        connection.close()
