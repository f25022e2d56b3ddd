"""A canary in every place that holds a secret, and a look into every place that must not."""

import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

import pytest
import servers
from raw import HEALTH, children, one, post, wait_for

# The environment, by what it is for; each value is looked for everywhere.
SECRETS = {
    "OPENAI_API_KEY": "canary-openai", "ANTHROPIC_API_KEY": "canary-anthropic",
    "MODEL_KEY": "canary-model", "REMOTE_TOKEN": "canary-remote", "CI_KEY": "canary-ci",
    "TOKEN_SECRET": "canary-token-secret", "GATE_TOKEN": "canary-gate",
    "LANGSMITH_API_KEY": "canary-langsmith",
    "OTEL_EXPORTER_OTLP_HEADERS": "x-token=canary-otlp", "UNUSED_SECRET": "canary-unused",
    "AWAY_URL": "http://someone:canary-password@127.0.0.1:9/there",
}
# What clients send and nobody else may see.
SENT = {"Authorization": "Bearer canary-bearer", "Cookie": "session=canary-cookie",
        "X-Api-Key": "canary-wrong-key", "X-User-Token": "canary-user-token",
        "Proxy-Authorization": "Basic canary-proxy", "X-Other": "canary-other"}
APP = """
server: {secret: "${TOKEN_SECRET}", log_level: debug, upstream_errors: tell}
STORE
auth: {store: true, keys: {ci: "${CI_KEY}"}, open: [docs, index]}
models:
  gpt: {provider: openai, model: m, base_url: "UPSTREAM/v1", max_retries: 1}
  text: {provider: openai-completion, model: m, api_key: "${MODEL_KEY}", base_url: "UPSTREAM/v1"}
  claude: {provider: anthropic, model: m, base_url: UPSTREAM, max_tokens: 5, max_retries: 0}
  fake: {provider: fake, echo: true}
chains:
  say: [{prompt: "{x}"}, fake, str]
routes:
  /say: {chain: say, cache: {ttl: 1h}, feedback: true, feedback_keys: [good], resumable: true,
         callback_events: true, config_keys: [configurable, tags]}
  /talk: {chain: {chain: passthrough, history: {}}, input: {}, output: {}}
  /gpt: {chain: gpt, callback_events: true}
  /text: text
  /claude: claude
  /remote: {chain: {remote: "UPSTREAM/there", headers: {Authorization: "Bearer ${REMOTE_TOKEN}"}}}
  /away: {chain: {remote: "${AWAY_URL}"}}
  /gated: {chain: say, auth: none, require: {headers: {x-gate: {equals: "${GATE_TOKEN}"}}}}
  /lua: {chain: {lambda: "log.info('x'); error('no')"}}
"""
ENDPOINTS = ("invoke", "batch", "stream", "stream_log", "stream_events")
PAGES = ("/", "/docs", "/redoc", "/openapi.json", "/metrics", "/stats", "/ready", "/health",
         "/say/playground/", "/say/input_schema", "/say/output_schema", "/say/config_schema",
         "/gated/config_schema", "/gpt/config_schema", "/nothing/here")


class Echo(http.server.BaseHTTPRequestHandler):
    """A provider that fails and tells all that it was sent; and what traces are sent to."""
    protocol_version = "HTTP/1.1"
    traces = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        is_trace = self.path.startswith("/trace")
        if is_trace:
            self.traces.append(body)
        said = str(self.headers) + " Incorrect API key provided: " + self.headers.get(
            "authorization", self.headers.get("x-api-key", ""))
        answer = json.dumps({"error": {"message": said, "type": said, "code": said},
                             "detail": said}).encode()
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def upstream():
    Echo.traces = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def langserved(*words, env, status=0):
    """What a command prints, on both outputs."""
    done = subprocess.run([servers.langserved_binary(), *map(str, words)], capture_output=True,
                          timeout=60, env={**os.environ, **env})
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def say_everything(server, key):
    """The answers of every endpoint and page, to the right key, a wrong one and none."""
    heads = [f"{name}: {text}" for name, text in SENT.items()]
    keyed = [f"X-Api-Key: {key}", *(head for head in heads if not head.startswith("X-Api-Key"))]
    frame = {"config": {"configurable": {"api_key": "canary-configurable", "session_id": "s"},
                        "tags": ["t"], "metadata": {"password": "canary-metadata"}}}
    said = []
    for route in ("/say", "/talk", "/gpt", "/text", "/claude", "/remote", "/away", "/gated", "/lua"):
        for endpoint in ENDPOINTS:
            value = {"inputs": [{"x": "y"}]} if endpoint == "batch" else {"input": {"x": "y"}}
            if route in ("/gpt", "/text", "/claude"):
                value = {"inputs": ["y"]} if endpoint == "batch" else {"input": "y"}
            for headers in ([], heads, keyed, [*keyed, "X-Gate: canary-gate"]):
                said.append(one(server.port, post(f"{route}/{endpoint}", {**value, **frame},
                                                  *headers)))
            said.append(one(server.port, post(f"{route}/{endpoint}", {"inputs": 3}, *keyed)))
    for page in PAGES:
        for accept in ("text/html", "application/json"):
            head = "\r\n".join([f"GET {page} HTTP/1.1", "Host: h", f"Accept: {accept}", *keyed])
            said.append(one(server.port, head.encode() + b"\r\n\r\n"))
    for wrong in (b"{", b'{"input": "', b"\xff", b""):
        said.append(one(server.port, post("/say/invoke", wrong, *keyed)))
    token = json.loads(one(server.port, post("/say/invoke", {"input": {"x": "z"}}, keyed[0])).body)[
        "metadata"]["feedback_tokens"][0]["token_url"].rpartition("=")[2].rpartition("/")[2]
    for given in (token, token[:-3] + "abc"):
        said.append(one(server.port, post("/say/token_feedback", {"token_or_url": given, "score": 1},
                                          keyed[0])))
    assert {200, 401, 403, 404, 422} <= {answer.status for answer in said}
    return said


def stored(store, redis_server, folder):
    """The store's bytes."""
    if store == "sqlite":
        return b"".join(path.read_bytes() for path in (folder / "own").iterdir())
    redis_server("CONFIG", "SET", "rdbcompression", "no")
    redis_server("SAVE")
    return (folder / "dump.rdb").read_bytes()


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_no_secret_is_anywhere(serve, upstream, tmp_path, request, store):
    env = {**SECRETS, "LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": upstream + "/trace",
           "OTEL_EXPORTER_OTLP_ENDPOINT": upstream + "/trace", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    text = f"store: {{path: {tmp_path}/own/store.db}}"
    redis_cli = None
    if store == "redis":
        redis = request.getfixturevalue("redis")
        redis.command("CONFIG", "SET", "requirepass", "canary-redis")

        def redis_cli(*words):
            redis.command("-a", "canary-redis", "--no-auth-warning", *words)
        env["REDIS_URL"] = f"redis://:canary-redis@127.0.0.1:{redis.port}/1"
        text = 'store: {url: "${REDIS_URL}"}'
    app = tmp_path / "app.yaml"
    app.write_text(APP.replace("STORE", text).replace("UPSTREAM", upstream))
    printed = [langserved("check", app, env=env)]
    key = langserved("keys", "add", "bob", app, env=env).split()[0].decode()
    server = serve(app, env=env)
    said = say_everything(server, key)
    printed += [langserved("keys", "list", app, env=env), langserved("feedback", "list", app, env=env)]
    (tmp_path / "wrong.yaml").write_text(app.read_text() + "  /wrong: ${UNUSED_SECRET}\nodd: ${CI_KEY}\n")
    printed.append(langserved("check", tmp_path / "wrong.yaml", env=env, status=2))
    server.stop_cleanly()
    places = {
        "answers": b"".join(str(answer.headers).encode() + answer.body for answer in said),
        "log": server.log_path.read_bytes(), "commands": b"".join(printed),
        "traces": b"".join(Echo.traces), "store": stored(store, redis_cli, tmp_path),
    }
    assert len(Echo.traces) > 2 and b"resourceSpans" in places["traces"]
    assert b"bob" in places["commands"] and b"session" not in places["log"]
    for place, text in places.items():
        found = {text[max(0, at - 80):at + 40] for at in range(len(text))
                 if text.startswith((b"canary-", key.encode()), at)}
        assert not found, (place, list(found)[:5])


# ---- memory ----

ORDINARY = 65534  # a user who may not look into others' processes


@pytest.fixture
def ordinary(tmp_path_factory):
    """A server that such a user runs, with a folder for its cores, and how to run as that user.  Without
    sanitizers: their search for leaks reads memory from another process."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="langserved-", dir="/tmp"))
    os.chown(folder, ORDINARY, ORDINARY)
    (folder / "app.yaml").write_text("models: {m: {provider: fake, responses: [x]}}\nroutes: {/a: m}\n")
    (folder / "app.yaml").chmod(0o644)
    as_other = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"]
    server = servers.langserved(folder / "app.yaml", folder, env={"SECRET": "canary-memory"})
    binary = servers.release_binary() or pytest.skip("build/langserved is not there")
    server.command[0] = shutil.copy(binary, folder)  # that user may not reach where it is
    server.command = ["prlimit", "--core=unlimited", *as_other, "env", "-C", str(folder),
                      *server.command]
    yield server, as_other
    server.kill()
    shutil.rmtree(folder)


def readable(as_other, path):
    return subprocess.run([*as_other, "head", "-c", "1", path], capture_output=True,
                          check=False).returncode == 0


def test_no_process_of_the_same_user_reads_the_memory(ordinary):
    server, as_other = ordinary
    server.start()
    other = subprocess.Popen([*as_other, "sleep", "60"])
    try:
        wait_for(lambda: readable(as_other, f"/proc/{other.pid}/environ"))  # it may in general
        for pid in (server.process.pid, *children(server)):
            for name in ("environ", "mem", "maps", "auxv"):
                assert not readable(as_other, f"/proc/{pid}/{name}"), name
            if shutil.which("gdb"):
                done = subprocess.run([*as_other, "gdb", "-p", str(pid), "-batch", "-nx", "-ex",
                                       f"generate-core-file {server.folder}/core.gdb"],
                                      capture_output=True, text=True, timeout=60, check=False)
                assert "ptrace: Operation not permitted" in done.stderr, done.stderr
    finally:
        other.kill()
        other.wait()
    assert not list(server.folder.glob("core*"))


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT])
def test_a_crash_leaves_no_core(ordinary, signum):
    """Nor does the kernel hand it to a program, which a limit of 0 does not keep it from."""
    server, as_other = ordinary
    if signum == signal.SIGQUIT:  # a shell's background jobs ignore it, and so would the server
        signal.signal(signum, signal.SIG_DFL)
    server.start()
    (worker, ) = children(server)
    limits = pathlib.Path(f"/proc/{worker}/limits").read_text()
    assert next(line for line in limits.splitlines() if "core" in line).split()[4:6] == ["0", "0"]
    os.kill(worker, signum)
    wait_for(lambda: children(server) not in ([], [worker]), 30)
    assert one(server.port, HEALTH).status == 200
    names = {path.name for path in server.folder.iterdir()}
    assert not {name for name in names if "core" in name}, names
    assert "core" not in "".join(line for line in server.log().splitlines() if "worker_died" in line)
