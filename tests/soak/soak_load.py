"""The requests of a soak: what each kind sends, what must come back, and a client that asks."""

import json
import random
import socket
import struct

APP = """
server: {log_level: warning}
store: {path: STORE, cache_entries: 1000}
models:
  echo: {provider: fake, echo: true, chunk: word}
  slow: {provider: fake, echo: true, chunk: word, delay: 20ms}
chains:
  say: [{prompt: "Say {x} and again {x}"}, echo, str]
routes:
  /say: say
  /slow: {chain: [{prompt: "{x}"}, slow, str]}
  /cached: {chain: say, cache: {ttl: 24h}}
  /limited: {chain: say, limit: 1/day}
  /typed: {chain: passthrough, input: {type: object, properties: {n: {type: integer}}, required: [n]}}
  /json: {chain: [{prompt: "[1, {{\\"a\\": \\"{x}\\"}}]"}, echo, json]}
"""


def post(path, value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def text(dice):
    return "word " * dice.randint(1, 30)


def said(path, endpoint):
    def make(dice):
        value = {"x": text(dice)}
        frame = {"inputs": [value] * dice.randint(1, 5)} if endpoint == "batch" else {"input": value}
        return post(f"{path}/{endpoint}", frame)
    return make


# Of each: how often among a hundred, the bytes, the status that must come.
KINDS = {
    "invoke": (25, said("/say", "invoke"), 200),
    "batch": (8, said("/say", "batch"), 200),
    "stream": (10, said("/say", "stream"), 200),
    "stream_log": (5, said("/json", "stream_log"), 200),
    "stream_events": (5, said("/say", "stream_events"), 200),
    "json": (5, said("/json", "invoke"), 200),
    "cached": (12, lambda dice: post("/cached/invoke", {"input": {"x": f"{dice.randrange(100)}"}}), 200),
    "limited": (10, said("/limited", "invoke"), 429),
    "wrong input": (4, lambda dice: post("/typed/invoke", {"input": {"n": text(dice)}}), 422),
    "no JSON": (3, lambda dice: post("/say/invoke", b'{"input": ' + b"[" * dice.randint(1, 900)), 422),
    "not found": (3, said("/nowhere", "invoke"), 404),
    "framing": (2, lambda dice: b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400),
    "schema": (2, lambda dice: b"GET /say/input_schema HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "metrics": (1, lambda dice: b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "cancel": (5, said("/slow", "stream"), None),
}


class Client:
    """One client with one connection, which it opens again when it was closed."""

    def __init__(self, port, seed):
        self.port, self.socket, self.data = port, None, b""
        self.dice = random.Random(seed)
        self.names = list(KINDS)
        self.weights = [KINDS[name][0] for name in self.names]

    def ask(self):
        """One request of any kind; what was wrong with its answer, or None."""
        name = self.dice.choices(self.names, self.weights)[0]
        _, make, expected = KINDS[name]
        self._connect()
        self.socket.sendall(make(self.dice))
        if expected is None:
            return self._leave()
        status = self._read()
        return None if status == expected else f"{name}: {status}"

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.data = None, b""

    def _connect(self):
        if not self.socket:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def _leave(self):
        """Hangs up in the middle of a stream, with RST or FIN."""
        while b"event: data" not in self.data:
            self._more()
        if self.dice.random() < 0.5:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _more(self):
        piece = self.socket.recv(262144)
        if not piece:
            raise ConnectionResetError("the connection ended in an answer")
        self.data += piece

    def _read(self):
        while b"\r\n\r\n" not in self.data:
            self._more()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        low = head.lower()
        if b"transfer-encoding: chunked" in low:
            while not self.data.endswith(b"\r\n0\r\n\r\n"):
                self._more()
            self.data = b""
        else:
            length = int(low.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(self.data) < length:
                self._more()
            self.data = self.data[length:]
        if b"connection: close" in low:
            self.close()
        return int(head.split(b" ", 2)[1])


def run_clients(port, seed, count, clients, done, wrong):
    """Asks `count` times with `clients` connections in turn; `done` is a shared counter."""
    ours = [Client(port, f"{seed}-{i}") for i in range(clients)]
    for i in range(count):
        try:
            fault = ours[i % clients].ask()
        except (OSError, ValueError) as error:
            fault = repr(error)
            ours[i % clients].close()
        if fault:
            wrong.put(fault)
        if i % 50 == 49:
            with done.get_lock():
                done.value += 50
    for client in ours:
        client.close()
