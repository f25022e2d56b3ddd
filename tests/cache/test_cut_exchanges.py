"""Tenants with canaries, clients that leave, and a Redis whose answers break off anywhere: nobody
ever sees what belongs to another."""

import json
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

APP = """
store: {url: "redis://127.0.0.1:%d/1", timeout: 100ms, connect_timeout: 100ms}
routes:
  /users:
    chain: {lambda: "{canary = config.configurable.user, said = input}"}
    cache: {ttl: 1h, by: user}
    config_from: {configurable.user: {header: x-user}}
    input: {}
  /talks:
    chain:
      parallel: {past: {pick: past}, output: {pick: asked}}
      history: {input: asked, history: past}
    input: {}
"""


class Cutter:
    """A proxy to Redis; each connection's answers end after so many bytes: with the connection's end,
    or with silence."""

    def __init__(self, port):
        self.to, self.dice, self.cuts, self.open = port, random.Random(3), True, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            self.open += [client, server]
            left = self.dice.randrange(1, 900) if self.cuts else 1 << 40
            silent = self.dice.random() < 0.4
            threading.Thread(target=self.copy, args=(client, server, 1 << 40, False), daemon=True).start()
            threading.Thread(target=self.copy, args=(server, client, left, silent), daemon=True).start()

    def copy(self, source, target, left, silent):
        try:
            while left > 0 and (data := source.recv(4096)):
                target.sendall(data[:left])
                left -= len(data)
            if silent and left <= 0:
                return  # it is there and says no more
            source.close()
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for end in self.open:
            end.close()


def exchange(port, path, value, user, leaves):
    """The whole answer, or None of a client that leaves at once."""
    body = json.dumps({"input": value, "config": {"configurable": {"session_id": user}}})
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall((f"POST {path}/invoke HTTP/1.1\r\nhost: x\r\nx-user: {user}\r\nconnection: close"
                        f"\r\ncontent-length: {len(body)}\r\n\r\n{body}").encode())
        if leaves:
            return None
        text = b""
        while data := client.recv(65536):
            text += data
        return text.decode()


def test_no_foreign_canary(serve, redis):
    cutter = Cutter(redis.port)
    server = serve(APP % cutter.port, "--workers", "2")
    over = time.monotonic() + 6

    def tenant(n):
        dice, served = random.Random(n), 0
        while time.monotonic() < over:
            user, path = f"canary-{n}-", dice.choice(["/users", "/talks"])
            value = {"asked": f"{user}{dice.randrange(3)}"}
            text = exchange(server.port, path, value, user, dice.random() < 0.2)
            if text is not None:
                assert text.replace(user, "").count("canary-") == 0, text
                status = int(text.split(" ", 2)[1])
                assert status == 200 or (path == "/talks" and status == 503), text
                served += status == 200
        return served

    with ThreadPoolExecutor(50) as pool:
        served = sum(pool.map(tenant, range(50)))
    assert served > 100
    assert server.log().count("store_failed") > 2  # it was cut, and came back
    cutter.cuts = False
    well = 0  # in a row: both workers have come back
    for _ in range(1000):
        text = exchange(server.port, "/talks", {"asked": "x"}, "last", False)
        well = well + 1 if text.startswith("HTTP/1.1 200") else 0
        if well == 30:
            break
        time.sleep(0.02)
    assert well == 30
    cutter.close()
