"""Starts and stops the servers that the tests talk to.

A Server owns one child process, its log file and (for sanitizer builds) the folder its reports go
to.  The port is always the system's choice: both servers are started with --port 0 and say in
their log where they listen.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parent
REPO = TESTS.parent
SAID_URL = re.compile(rb"http://127\.0\.0\.1:(\d+)")
START_SECONDS = 60
STOP_SECONDS = 30


class Server:
    """One running server; `url` and `port` are known once start() has returned."""

    def __init__(self, command, folder, ready_path, env=None):
        self.command = [str(part) for part in command]
        self.folder = pathlib.Path(folder)
        self.ready_path = ready_path
        self.env = env or {}
        self.log_path = self.folder / "server.log"
        self.process = self.port = self.url = None

    def start(self):
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, **sanitizer_options(self.folder),
                     **self.env}, start_new_session=True)
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self):
        """Asks politely; returns the exit status (minus the signal's number if one ended it)."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM\n{self.log_tail()}")
        finally:
            self.kill()

    def stop_cleanly(self):
        """Stops a server of ours: it must end with status 0 and leave no sanitizer report."""
        status = self.stop()
        assert not self.sanitizer_reports(), self.sanitizer_reports()
        assert status == 0, f"exit status {status} after SIGTERM\n{self.log_tail()}"

    def kill(self):
        """Ends what is left of the process and its workers."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def sanitizer_reports(self):
        return "\n".join(
            p.read_text(errors="replace") for p in sorted(self.folder.glob("sanitizer.*")))

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while not (self._find_port() and self._answers()):
            if self.process.poll() is not None:
                raise AssertionError(f"ended with status {self.process.returncode} before it was "
                                     f"ready: {' '.join(self.command)}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not ready after {START_SECONDS} s\n{self.log_tail()}")
            time.sleep(0.02)

    def _find_port(self):
        if self.port is None and (said := SAID_URL.search(self.log_path.read_bytes())):
            self.port = int(said.group(1))
            self.url = f"http://127.0.0.1:{self.port}"
        return self.port

    def _answers(self):
        try:
            with urllib.request.urlopen(self.url + self.ready_path, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def sanitizer_options(folder):
    """Makes ASan, LSan and UBSan write into `folder`; what the caller has set stays in force."""
    path = f"log_path={folder}/sanitizer"
    return {
        name: ":".join(filter(None, [os.environ.get(name), path, "print_stacktrace=1"]))
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")
    }


def langserved_binary():
    return pathlib.Path(os.environ.get("LANGSERVED_BIN") or REPO / "build" / "langserved").resolve()


def release_binary():
    """The program without sanitizers, for what cannot be seen with them; None: it is not built."""
    binary = langserved_binary()
    if "asan" in str(binary):
        binary = REPO / "build" / "langserved"
    return binary if os.access(binary, os.X_OK) else None


def check(file, **options):
    """What `langserved check` says of a file; `options` are subprocess.run()'s."""
    return subprocess.run([langserved_binary(), "check", file], capture_output=True, text=True,
                          timeout=120, **options)


def langserved(yaml_file, folder, *options, env=None):
    """Our server with an app file, one worker unless `options` say otherwise; not started yet."""
    workers = [] if "--workers" in options else ["--workers", "1"]
    command = [langserved_binary(), "serve", yaml_file, "--host", "127.0.0.1", "--port", "0"]
    return Server([*command, *workers, *options], folder, "/health", env)


def langserve(folder):
    """The original: LangServe from PyPI with tests/wire/app.py; not started yet."""
    command = [
        sys.executable, "-m", "uvicorn", "app:make_main", "--factory", "--app-dir", TESTS / "wire",
        "--host", "127.0.0.1", "--port", "0", "--http", "httptools", "--loop", "uvloop",
        "--no-access-log"
    ]
    return Server(command, folder, "/healthz", {"LANGSMITH_TRACING": "false"})
