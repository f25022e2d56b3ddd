"""Many requests in little time: connections that are kept and pipelined, in threads."""

import collections
import itertools
import pathlib
import re
import socket
import threading

LENGTH = re.compile(rb"content-length: (\d+)\r\n", re.I)
DEPTH = 16  # requests that are on their way in one connection


class Hammer:
    """Plays requests (path, user) over `connections` to the ports, and counts what is answered.

    told: how many answers there were of (port, path, user, status)
    lost: requests without an answer, by (port, path, user)
    broken: local ports of connections that ended before they were to
    """

    def __init__(self, ports, requests, connections=24):
        self.told, self.lost = collections.Counter(), collections.Counter()
        self.broken, self.lock = set(), threading.Lock()
        self.source = iter(requests)
        self.threads = [threading.Thread(target=self.run, args=(port,))
                        for _, port in zip(range(connections), itertools.cycle(ports))]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def wait(self):
        for thread in self.threads:
            thread.join()
        return self

    def statuses(self, port=None, path=None, user=None):
        """How many answers of each status, of what is named or of all."""
        found = collections.Counter()
        for (of_port, of_path, of_user, status), count in list(self.told.items()):
            if port in (None, of_port) and path in (None, of_path) and user in (None, of_user):
                found[status] += count
        return dict(found)

    def run(self, port):
        connection = None
        while True:
            with self.lock:
                batch = list(itertools.islice(self.source, DEPTH))
            if not batch:
                break
            connection = connection or socket.create_connection(("127.0.0.1", port), timeout=60)
            own = connection.getsockname()[1]
            answered = self.exchange(connection, batch)
            with self.lock:
                for (path, user), status in zip(batch, answered):
                    self.told[port, path, user, status] += 1
                for path, user in batch[len(answered):]:
                    self.lost[port, path, user] += 1
                if len(answered) < len(batch):
                    self.broken.add(own)
            if len(answered) < len(batch):
                connection.close()
                connection = None
        if connection:
            connection.close()

    @staticmethod
    def exchange(connection, batch):
        """The statuses that came."""
        text = b"".join(b"POST %s/invoke HTTP/1.1\r\nHost: h\r\nX-User: %s\r\nContent-Length: 11\r\n\r\n"
                        b'{"input":1}' % (path.encode(), user.encode()) for path, user in batch)
        statuses, held = [], b""
        try:
            connection.sendall(text)
            while len(statuses) < len(batch):
                data = connection.recv(1 << 18)
                if not data:
                    break
                held += data
                at = 0
                while (end := held.find(b"\r\n\r\n", at)) >= 0:
                    length = int(LENGTH.search(held, at, end + 2).group(1))
                    if len(held) < end + 4 + length:
                        break
                    statuses.append(int(held[at + 9:at + 12]))
                    at = end + 4 + length
                held = held[at:]
        except OSError:
            pass
        return statuses


def peers_of(pid, port):
    """The remote ports of a process's connections on its `port`."""
    inodes = {target[8:-1] for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()
              if (target := str(fd.readlink())).startswith("socket:[")}
    rows = [row.split() for row in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[2].split(":")[1], 16) for row in rows
            if row[9] in inodes and row[1].endswith(f":{port:04X}")}
