#!/usr/bin/env python3
"""A local server that speaks OpenAI's chat completions, and misbehaves on demand.

As a program: `openai_stub.py --port 0` prints {"port": N} as its first line and serves until
SIGTERM. In Python: `with OpenAIStub() as stub: … stub.base_url …`. README.md has the faults.
"""

import argparse
import asyncio
import json
import resource
import signal
import socket
import sys
import threading
import time

from stub_app import StubApp


class OpenAIStub:
    """The stub in a thread of its own. Every method may be called from any other thread."""

    app_class = StubApp

    def __init__(self, port=0, host="127.0.0.1", api_key=None, keep=10000):
        self.host, self.port = host, port
        self._app = self.app_class(api_key, keep)
        self._loop = None
        self._stop = None
        self._thread = None
        self._problem = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Listens; `port` and `base_url` are valid from here on."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        if self._problem is not None:
            raise self._problem
        return self

    def stop(self):
        """Closes all connections and ends the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self, ready):
        async def listen():
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve(self._app, self.host, self.port, self._stop, on_ready)

        def on_ready(port):
            self.port = port
            ready.set()
        try:
            asyncio.run(listen())
        except OSError as problem:
            self._problem = problem
            ready.set()

    def _call(self, function, *args):
        """Runs a function on the stub's loop and returns its result."""
        async def run():
            return function(*args)
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    @property
    def url(self):
        """The origin, without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self):
        """What an OpenAI client takes as its base URL."""
        return self.url + "/v1"

    def script(self, *steps):
        """Queues the steps of the next completion requests."""
        self._call(self._app.steering.set_queue, [dict(step) for step in steps])

    def default(self, **step):
        """The step of all requests that have no other, e.g. default(reply="hello")."""
        self._call(self._app.steering.set_default, step)

    def requests(self):
        """Copies of the records so far, oldest first."""
        return self._call(lambda: [dict(r) for r in self._app.journal.requests])

    def connections(self):
        """{"opened": …, "open": …}."""
        return self._call(self._app.journal.counts)

    def reset(self):
        """Forgets records, script and default."""
        self._call(self._app.steer, ("DELETE", ""), None)

    def wait_for(self, condition, seconds=10):
        """The first true value of condition(requests()); AssertionError after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            result = condition(self.requests())
            if result:
                return result
            assert time.monotonic() < end, f"not within {seconds} s: {self.requests()}"
            time.sleep(0.01)


async def serve(app, host, port, stop, on_ready):
    """Serves until `stop` is set; tells `on_ready` the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(app.new_connection, host, port, backlog=4096,
                                      family=socket.AF_INET if ":" not in host else 0)
    on_ready(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    connections = list(app.connections)
    for connection in connections:
        connection.abort()
    await asyncio.gather(*(c.task for c in connections), return_exceptions=True)


def allow_many_files():
    """Raises the soft limit of open files to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def run_program(options):
    """Serves until SIGTERM, SIGINT, or the end of stdin if that was asked for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.until_eof:
        loop.add_reader(0, lambda: sys.stdin.buffer.raw.read(4096) or stop.set())
    app = StubApp(options.api_key, options.keep)
    if options.script:
        app.steering.set_queue(json.loads(options.script))
    await serve(app, options.host, options.port, stop,
                lambda port: print(json.dumps({"port": port}), flush=True))


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--api-key", help="answer 401 to requests without this key")
    parser.add_argument("--keep", type=int, default=10000, help="records to keep (10000)")
    parser.add_argument("--script", help="the queue of steps to begin with, as JSON")
    parser.add_argument("--until-eof", action="store_true", help="end when stdin is closed")
    return parser.parse_args()


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(run_program(parse_options()))
