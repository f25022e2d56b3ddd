"""Starts and stops the servers that are measured: each on core 1, everything else on core 0."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
REPO = BENCH.parent
WIRE = REPO / "tests" / "wire"
LOAD_CORE, SERVER_CORE = 0, 1
START_SECONDS = 60
STOP_SECONDS = 30
INPUT = {"language": "French", "text": "How are you?"}
FRENCH = "Bonjour, comment allez-vous?"


class Server:
    """One running server: `pids` are its processes, the first one started by us."""

    def __init__(self, name, command, port, health, folder, env=None, core=SERVER_CORE):
        self.name = name
        self.command = [str(part) for part in command]
        self.port = port
        self.health = health
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.env = {**os.environ, **(env or {})}
        self.core = core
        self.headers = ""  # lines that each request is to have besides
        self.process = None
        self.started_at = None

    def __enter__(self):
        self.launch()
        try:
            self.wait_for(lambda: accepts(self.port))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def launch(self):
        with self.log.open("ab") as log, on_core(self.core):
            self.started_at = time.monotonic()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.env, start_new_session=True)

    def wait_for(self, ready, pause=0.01):
        """Seconds from the start until `ready()`."""
        while not ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with status {self.process.returncode}:\n"
                                   + self.log.read_text(errors="replace")[-2000:])
            if time.monotonic() - self.started_at > START_SECONDS:
                raise RuntimeError(f"{self.name}: not ready after {START_SECONDS} s")
            time.sleep(pause)
        return time.monotonic() - self.started_at

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in reversed(self.pids()):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def pids(self):
        """The process and its children, the master first."""
        master = self.process.pid
        children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [master, *map(int, children)]

    def workers(self):
        """The processes that answer: the children, or the process itself if it has none."""
        pids = self.pids()
        return pids[1:] or pids

    def ask(self, path, body=None):
        """Status and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                more = dict(line.split(": ", 1) for line in self.headers.splitlines())
                connection.request("POST", path, json.dumps(body),
                                   {"Content-Type": "application/json", **more})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self, path, body=None):
        try:
            return self.ask(path, body)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


@contextlib.contextmanager
def on_core(core):
    """Children started inside stay on that core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def set_up_process():
    """The load runs beside this process on its core, and everything may open many files."""
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("bench: two cores are needed, one for the server and one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port():
    """A port below the range that the system takes clients' ports from."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def langserved(binary, folder, app_file, workers=1):
    port = free_port()
    command = [binary, "serve", app_file, "--host", "127.0.0.1", "--port", port,
               "--workers", workers]
    return Server("langserved", command, port, "/health", folder)


def ours(binary, folder):
    return langserved(binary, folder, BENCH / "app.yaml")


def langserve(folder):
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "app:make_main", "--factory", "--app-dir", WIRE,
        "--host", "127.0.0.1", "--port", port, "--http", "httptools", "--loop", "uvloop",
        "--no-access-log", "--log-level", "warning"
    ]
    return Server("langserve", command, port, "/healthz", folder, {"LANGSMITH_TRACING": "false"})


NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port};
        default_type application/json;
        location = /health {{ return 200 '{{"status":"ok"}}'; }}
        {location}
    }}
}}
"""

INVOKE_ANSWER = ('{"output":"Bonjour, comment allez-vous?","metadata":{"run_id":'
                 '"5cb2eaf7-8d19-42f2-9ce4-b8999b6404dd","feedback_tokens":[]}}')


def nginx(folder):
    """nginx that answers every /invoke with the same constant."""
    return _nginx(folder, f"location = /translate/invoke {{ return 200 '{INVOKE_ANSWER}'; }}")


def nginx_before(folder, port):
    """nginx that passes everything on to the provider at `port`, byte for byte and at once."""
    return _nginx(folder, f"""location /v1/ {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            proxy_buffering off;
        }}""")


def _nginx(folder, location):
    port = free_port()
    file = pathlib.Path(folder) / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, port=port, location=location))
    return Server("nginx", ["nginx", "-c", file], port, "/health", folder)
