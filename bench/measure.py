"""Throughput, memory and start time of one server."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

import servers

BATCH_SIZE = 100
BODIES = {
    "invoke": {"input": servers.INPUT},
    "stream": {"input": servers.INPUT},
    "batch": {"inputs": [servers.INPUT] * BATCH_SIZE},
    "stream_log": {"input": servers.INPUT},
    "stream_events": {"input": servers.INPUT},
}
# The same for all servers.  LangServe answers some ten batches a second: few at a time, so that
# those which the end cuts off do not count for much.
CONNECTIONS = {"invoke": 64, "stream": 64, "batch": 2, "stream_log": 16, "stream_events": 16}
# Events of one answer: for each chunk one of the model, the parser and the chain; and of the log
# its beginning, and three steps' starts and ends; of the events four steps' starts and ends.
EVENTS = {
    "stream": len(servers.FRENCH),
    "stream_log": 3 * len(servers.FRENCH) + 7,
    "stream_events": 3 * len(servers.FRENCH) + 8,
}
WARM_UP_SECONDS = 1
ANSWER_SECONDS = 120


def throughput(server, endpoint, seconds, folder):
    """Requests per second of one endpoint under as much load as it takes, one run."""
    warm_up(server, endpoint, folder)
    return load(server, endpoint, seconds, folder)


def warm_up(server, endpoint, folder):
    check_answer(server, endpoint)
    body_file(endpoint, folder).write_text(json.dumps(BODIES[endpoint]))
    wrk(server, endpoint, WARM_UP_SECONDS, body_file(endpoint, folder))


def body_file(endpoint, folder):
    return pathlib.Path(folder) / f"{endpoint}.json"


def load(server, endpoint, seconds, folder):
    """Of a server that is warm."""
    before, load_before = cpu_seconds(server.workers()), load_cpu_seconds()
    began = time.monotonic()
    result = wrk(server, endpoint, seconds, body_file(endpoint, folder))
    took = time.monotonic() - began
    busy = (cpu_seconds(server.workers()) - before) / took
    load_busy = (load_cpu_seconds() - load_before) / took
    if result["failed"] or not result["requests"]:
        raise RuntimeError(f"{server.name} {endpoint}: {result}")
    return {**result, "busy": busy, "load_busy": load_busy}


def check_answer(server, endpoint):
    """No figure is worth anything unless the answer is right."""
    status, body = server.ask(f"/translate/{endpoint}", BODIES[endpoint])
    if endpoint in EVENTS:
        right = body.count(b"event: data") == EVENTS[endpoint] and b"event: end" in body
    else:
        expected = servers.FRENCH if endpoint == "invoke" else [servers.FRENCH] * BATCH_SIZE
        right = json.loads(body)["output"] == expected
    if status != 200 or not right:
        raise RuntimeError(f"{server.name} {endpoint}: {status} {body[:300]!r}")


def wrk(server, endpoint, seconds, body):
    command = [
        "wrk", "--threads", "1", "--connections", CONNECTIONS[endpoint], "--duration", seconds,
        "--timeout", ANSWER_SECONDS, "--latency", "--script", servers.BENCH / "wrk.lua",
        f"http://127.0.0.1:{server.port}/translate/{endpoint}"
    ]
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True,
                          text=True, env={**os.environ, "BODY_FILE": str(body),
                                           "HEADER_LINES": server.headers})
    line = next(line for line in done.stdout.splitlines() if line.startswith("JSON "))
    return json.loads(line.removeprefix("JSON "))


def cpu_seconds(pids):
    """What the processes have run on a processor, from the scheduler's own count."""
    return sum(int(run_of(pid)) for pid in pids) / 1e9


def ticks(pids):
    """How many ticks of the clock found the processes in their own code, and in the kernel."""
    files = [pathlib.Path(f"/proc/{pid}/stat").read_text() for pid in pids]
    fields = [text.rpartition(")")[2].split() for text in files]
    return [sum(int(one[number]) for one in fields) for number in (11, 12)]


def load_cpu_seconds():
    """What the children that have ended took, wrk the last of them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_of(pid):
    return pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]


def memory(pid):
    """Megabytes: the most it ever had resident, what it has now, and its share of that."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {
        "peak": kilobytes(status, "VmHWM") / 1000,
        "resident": kilobytes(status, "VmRSS") / 1000,
        "share": kilobytes(rollup, "Pss") / 1000,
    }


def kilobytes(text, name):
    """Of a line `name: 12 kB`, in 1000 bytes (the kernel's kB are 1024)."""
    line = next(line for line in text.splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1.024


def total_memory(pids):
    each = [memory(pid) for pid in pids]
    return {name: sum(one[name] for one in each) for name in ("resident", "share")}


def worker_memory(server):
    """Of the largest worker."""
    return max((memory(pid) for pid in server.workers()), key=lambda one: one["peak"])


def first_answer(make_server, path, body=None, times=10):
    """Median seconds from the start of the process to the first 200 of that path."""
    return statistics.median(one_start(make_server(), path, body) for _ in range(times))


def one_start(server, path, body):
    server.launch()
    try:
        return server.wait_for(lambda: server.answers(path, body), pause=0.0002)
    finally:
        server.stop()
