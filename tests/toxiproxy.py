"""Toxiproxy (github.com/Shopify/toxiproxy): a proxy that delays, slices, cuts and drops what passes."""

import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

from ports import free_port

BUILT = pathlib.Path(__file__).resolve().parent.parent / ".cache/bin/toxiproxy-server"


def find():
    """The program that `scripts/setup --test` has built, or one of the system's; or None."""
    return str(BUILT) if os.access(BUILT, os.X_OK) else shutil.which("toxiproxy-server")


class Toxiproxy:
    """The program, stopped by its process id."""

    def __init__(self, program):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([program, "-host", "127.0.0.1", "-port", str(port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            try:
                self.call("GET", "/version")
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("toxiproxy does not answer")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"User-Agent": "tests"}, method=method)
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.read()

    def proxy(self, port):
        """A proxy to a port of this machine."""
        return Proxy(self, f"to-{port}", port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Proxy:
    def __init__(self, toxiproxy, name, port):
        self.toxiproxy, self.path, self.port = toxiproxy, f"/proxies/{name}", free_port()
        self.all = {"name": name, "listen": f"127.0.0.1:{self.port}",
                    "upstream": f"127.0.0.1:{port}", "enabled": True}
        toxiproxy.call("POST", "/proxies", self.all)

    def poison(self, kind, stream="downstream", **attributes):
        """Adds a toxic; `down` is none of theirs: nobody is there."""
        if kind == "down":
            self.toxiproxy.call("POST", self.path, {"enabled": False})
        else:
            self.toxiproxy.call("POST", f"{self.path}/toxics", {
                "name": kind, "type": kind, "stream": stream, "attributes": attributes})

    def heal(self):
        """Everything passes again, on new connections: a new proxy at the old one's port, because
        to take a delay from a connection can hang for ever (its issue 558)."""
        self.toxiproxy.call("DELETE", self.path)
        self.toxiproxy.call("POST", "/proxies", self.all)
