"""What a worker costs between a client and a model provider: the provider is stub_upstream."""

import contextlib
import json
import pathlib
import statistics
import subprocess

import measure
import servers

APP = """
server:
  log_level: warning
  max_connections: 20000
  upstream: {{max_connections: 20000}}
models:
  stub: {{provider: openai, model: "{model}", api_key: none, base_url: "http://127.0.0.1:{port}/v1"}}
chains:
  translate:
    - prompt: "Translate to {{language}}:\\n\\n{{text}}"
    - stub
    - str
routes:
  /translate: translate
"""

STREAMS, CHUNKS = 100, 200  # for the CPU of a chunk: 10,000 chunks/s
STREAMED = f"gpt+chunks={CHUNKS}+delay_ms=10"
HOLDING = "gpt+chunks=1000+delay_ms=2000"  # for memory: a chunk every two seconds
RATE, RATE_CONNECTIONS, ROUNDS = 1000, 64, 5


class Tools:
    """The C programs, compiled into a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.load = self._compile("load")
        self.stub = self._compile("stub_upstream")
        self.pass_on = self._compile("pass_on")

    def _compile(self, name):
        program = self.folder / name
        subprocess.run(["cc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-o", program,
                        servers.BENCH / f"{name}.c"], check=True)
        return program

    def body(self, name, value):
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(value))
        return file

    def start_stub(self):
        port = servers.free_port()
        return servers.Server("stub", [self.stub, port], port, None, self.folder,
                              core=servers.LOAD_CORE)

    def start_pass_on(self, stub):
        port = servers.free_port()
        return servers.Server("pass_on", [self.pass_on, port, stub.port], port, None, self.folder)

    def rate(self, port, path, body, seconds):
        command = [self.load, "rate", port, path, body, RATE_CONNECTIONS, RATE, seconds]
        done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def streams(self, port, count, path, body):
        """`count` open streams, each of which has had a chunk; `result` reads them to the end."""
        command = [self.load, "streams", port, path, self.body("stream", body), count]
        with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            try:
                if process.stdout.readline() != b"open\n":
                    raise RuntimeError("the streams were not opened")
                yield process
            finally:
                process.stdin.close()


@contextlib.contextmanager
def behind(tools, binary, model, workers):
    """Our server in front of the stub: (server, stub)."""
    with tools.start_stub() as stub:
        app = tools.folder / "upstream.yaml"
        app.write_text(APP.format(model=model, port=stub.port))
        with servers.langserved(binary, tools.folder, app, workers) as server:
            yield server, stub


def cpu_per_chunk(tools, binary):
    """What a worker takes for each chunk that the provider sends and the client gets: ours, nginx
    that only passes the bytes on, and the least that this can cost on this machine."""
    with behind(tools, binary, STREAMED, workers=1) as (server, _):
        ours = cpu_of_streams(tools, server, "/translate/stream", {"input": servers.INPUT})
    path, body = "/v1/chat/completions", {"model": STREAMED, "stream": True, "messages": []}
    with tools.start_stub() as stub, servers.nginx_before(tools.folder, stub.port) as server:
        theirs = cpu_of_streams(tools, server, path, body)
    with tools.start_stub() as stub, tools.start_pass_on(stub) as server:
        least = cpu_of_streams(tools, server, path, body)
    return {"langserved": ours, "nginx": theirs, "least": least}


def cpu_of_streams(tools, server, path, body):
    """Microseconds per chunk, and which part of them was the kernel's."""
    run_streams(tools, server, path, body)  # warms up
    pids = server.workers()
    before, ticks_before = measure.cpu_seconds(pids), measure.ticks(pids)
    run_streams(tools, server, path, body)
    took = measure.cpu_seconds(pids) - before
    own, kernel = (now - then for now, then in zip(measure.ticks(pids), ticks_before, strict=True))
    return {"us": took / (STREAMS * CHUNKS) * 1e6, "kernel": kernel / (own + kernel)}


def run_streams(tools, server, path, body):
    with tools.streams(server.port, STREAMS, path, body) as process:
        result = json.loads(process.stdout.readline())
    if result["failed"] or result["ended"] != STREAMS or result["chunks"] < STREAMS * CHUNKS:
        raise RuntimeError(f"streams: {result}")


def added_latency(tools, binary, seconds):
    """Milliseconds that we add to a provider that answers at once, at RATE requests per second."""
    with behind(tools, binary, "gpt", workers=1) as (server, stub):
        ours = tools.body("invoke", {"input": servers.INPUT})
        direct = tools.body("direct", {
            "model": "gpt", "stream": False,
            "messages": [{"role": "user", "content": "Translate to French:\n\nHow are you?"}]})
        each = max(2, round(seconds / ROUNDS))
        rounds = []
        tools.rate(server.port, "/translate/invoke", ours, 1)
        for _ in range(ROUNDS):  # in turn, so that a slow moment of the machine meets both
            rounds.append((tools.rate(server.port, "/translate/invoke", ours, each),
                           tools.rate(stub.port, "/v1/chat/completions", direct, each)))
    return {
        name: {
            "through": statistics.median(through[name] for through, _ in rounds),
            "direct": statistics.median(straight[name] for _, straight in rounds),
            "added": statistics.median(through[name] - straight[name]
                                       for through, straight in rounds),
        }
        for name in ("p50_ms", "p99_ms")
    }


def open_streams_memory(tools, binary, count):
    """Megabytes of the master and two workers while `count` streams are open."""
    with behind(tools, binary, HOLDING, workers=2) as (server, _):
        with tools.streams(server.port, count, "/translate/stream",
                           {"input": servers.INPUT}) as process:
            memory = measure.total_memory(server.pids())
            process.stdin.close()
            result = json.loads(process.stdout.readline())
    if result["failed"]:
        raise RuntimeError(f"streams: {result}")
    return {**memory, "streams": count}
