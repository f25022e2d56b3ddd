"""Many requests of all kinds, and a look at what the workers have kept of them.

    make soak                               a million requests; a graph in build/soak.svg
    make soak ARGS="--requests 50000"

It fails when an answer was wrong, a worker died, descriptors, streams or wake-ups (of timers that were
forgotten) are left, or the resident memory of one rose by 64 KiB over the last three quarters; of
shorter runs that is told and no more, for the heap still fills then.
"""

import argparse
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import servers  # noqa: E402
from ports import free_port  # noqa: E402
from soak_graph import draw  # noqa: E402
from soak_load import APP, run_clients  # noqa: E402

SAMPLES = 400
DRIFT, ENOUGH = 64 * 1024, 400_000  # bytes; requests, behind whose first quarter memory is flat
PROCESSES, CLIENTS = 2, 8


class Server:
    """langserved with two workers; its log (warnings alone) is a file."""

    def __init__(self, folder, binary, workers=2):
        (folder / "app.yaml").write_text(APP.replace("STORE", str(folder / "store.db")))
        self.port, self.folder = free_port(), folder
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "serve", folder / "app.yaml", "--host", "127.0.0.1", "--port",
                 str(self.port), "--workers", str(workers)], stdin=subprocess.DEVNULL, stderr=log,
                env={**os.environ, **servers.sanitizer_options(folder)})
        for _ in range(1000):
            if self.answers() and len(self.workers()) == workers:
                return
            time.sleep(0.02)
        raise AssertionError((folder / "log").read_text())

    def answers(self):
        try:
            return bool(self.get("/health"))
        except OSError:
            return False

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def workers(self):
        pid = self.process.pid
        return [int(word) for word in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self):
        self.process.terminate()
        status = self.process.wait(60)
        reports = [path.read_text() for path in self.folder.glob("sanitizer.*")]
        assert status == 0 and not reports, (status, reports)


def resident(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def wakeups(pids, seconds=3):
    """How often the threads of each process woke up in that time, of themselves: nobody asks."""
    def switches(pid):
        return sum(int(line.split()[1]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                   for line in (task / "status").read_text().splitlines()
                   if line.startswith("voluntary"))
    before = [switches(pid) for pid in pids]
    time.sleep(seconds)
    return [switches(pid) - then for pid, then in zip(pids, before)]


def drift(sizes):
    """How much memory rose over the last three quarters: between the middle of their first third and of
    their last, of which a median stands for each."""
    rest = sizes[len(sizes) // 4:]
    third = max(1, len(rest) // 3)
    return statistics.median(rest[-third:]) - statistics.median(rest[:third])


def load(server, requests, seed, on_sample):
    """Runs the clients and calls on_sample(requests done) now and then; what was wrong."""
    done, wrong = multiprocessing.Value("l", 0), multiprocessing.Queue()
    share = requests // PROCESSES
    clients = [multiprocessing.Process(target=run_clients, daemon=True, args=(
        server.port, f"{seed}-{n}", share, CLIENTS, done, wrong)) for n in range(PROCESSES)]
    for client in clients:
        client.start()
    at = 0
    faults = []
    while any(client.is_alive() for client in clients):
        if done.value >= at:
            on_sample(done.value)
            at = done.value + requests / SAMPLES
        while not wrong.empty():
            faults.append(wrong.get())
        time.sleep(0.01)
    while not wrong.empty():
        faults.append(wrong.get())
    faults += [f"a client ended with {c.exitcode}" for c in clients if c.exitcode]
    return faults


def soak(folder, binary, requests, seed=1):
    """What was found wrong (sentences), and the samples {worker: [(requests, bytes)]}."""
    server = Server(folder, binary)
    try:
        workers = server.workers()
        load(server, 400, "warm", lambda done: None)  # the store is open, pools are filled
        time.sleep(1)
        before = {pid: descriptors(pid) for pid in workers}
        woke = wakeups(workers)
        samples = {pid: [] for pid in workers}

        def sample(done):
            for pid in samples:
                samples[pid].append((done, resident(pid)))

        begun = time.monotonic()
        wrong = [f"an answer: {fault}" for fault in load(server, requests, seed, sample)[:10]]
        print(f"{requests / (time.monotonic() - begun):.0f} requests per second")
        if server.workers() != workers:
            return [*wrong, f"workers died: {workers}, now {server.workers()}"], samples
        time.sleep(2)
        for pid in workers:
            if descriptors(pid) > before[pid]:
                wrong.append(f"worker {pid}: {before[pid]} descriptors before, {descriptors(pid)} after")
        for pid, then, now in zip(workers, woke, wakeups(workers)):
            if now > then + 10:
                wrong.append(f"worker {pid} woke {then} times before, {now} after: timers are left")
        metrics = server.get("/metrics").splitlines()
        for line in metrics:
            if line.startswith(("langserved_open_streams", "langserved_upstream_active")) and \
                    float(line.split()[-1]) != 0:
                wrong.append(line)
        return wrong, samples
    finally:
        if server.process.poll() is None:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--binary", type=pathlib.Path, default=servers.REPO / "build/langserved")
    parser.add_argument("--graph", type=pathlib.Path, default=servers.REPO / "build/soak.svg")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        wrong, samples = soak(pathlib.Path(folder), args.binary, args.requests, args.seed)
    args.graph.write_text(draw(samples))
    for pid, points in samples.items():
        sizes = [size for _, size in points]
        print(f"worker {pid}: {sizes[0] // 1024} KiB at the start, {sizes[-1] // 1024} at the end, "
              f"{drift(sizes) / 1024:+.0f} over the last three quarters")
        if drift(sizes) >= DRIFT and args.requests >= ENOUGH:
            wrong.append(f"worker {pid} grows")
    print(f"the graph: {args.graph}", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
