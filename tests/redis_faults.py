"""A proxy to Redis that breaks off answers or changes them, and a Redis that says one thing only."""

import random
import socket
import threading


def every_byte(most, seed=3):
    """All ways to break off within the first `most` bytes, in an order that is the same each time."""
    cuts = [(left, silent) for left in range(1, most + 1) for silent in (False, True)]
    random.Random(seed).shuffle(cuts)
    return cuts


class Cutter:
    """Each connection takes the next of `cuts`: its answers end after so many bytes, with the
    connection's end or with silence.  When there are none left, connections stay whole.  `twist`
    changes what Redis says."""

    def __init__(self, port, cuts=(), twist=None):
        self.to, self.cuts, self.open, self.lock = port, list(cuts), [], threading.Lock()
        self.twist = twist
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            with self.lock:
                left, silent = self.cuts.pop() if self.cuts else (1 << 40, False)
            self.open += [client, server]
            for way in ((client, server, 1 << 40, False, False),
                        (server, client, left, silent, True)):
                threading.Thread(target=self.copy, args=way, daemon=True).start()

    def copy(self, source, target, left, silent, twisted):
        try:
            while left > 0 and (data := source.recv(4096)):
                if twisted and self.twist:
                    data = self.twist(data)
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


class Parrot:
    """Says the same to whatever comes, each time that something comes."""

    def __init__(self, text):
        self.text, self.open = text, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client):
        try:
            while client.recv(4096):
                client.sendall(self.text)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for end in self.open:
            end.close()
