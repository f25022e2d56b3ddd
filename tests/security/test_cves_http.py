"""Attacks that other HTTP servers and their frameworks fell for, named by their CVE."""

import json
import random
import re
import shutil
import subprocess

import pytest
from raw import ask, children, log_lines, one, post, wait_for

APP = """
store: {path: STORE}
auth: {keys: {ann: "sha256:ca64daa8b294dc4835d29ca02a6a47427ebc6a225ea3ac2e15f8417fb6601db2"}, store: true}  # key-of-ann
models:
  split: {provider: fake, echo: true, chunk: char}
routes:
  /secret: {chain: {value: the guarded value}, resumable: true}
  /open: {chain: passthrough, auth: none, config_keys: [configurable, tags, metadata]}
  /say: {chain: [{prompt: "{x}"}, split, str], auth: none, config_keys: [configurable, tags]}
"""


@pytest.fixture(scope="module")
def server(launch, tmp_path_factory):
    return launch(APP.replace("STORE", str(tmp_path_factory.mktemp("store") / "store.db")))


def post_open(*headers, body=b""):
    lines = ["POST /open/invoke HTTP/1.1", "Host: h", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
INPUT = b'{"input": 1}'
CHUNK = b"c\r\n" + INPUT + b"\r\n"
CHUNKED = "Transfer-Encoding: chunked"
LONG = "A" * (255 - len("Content-Length"))
SMUGGLING = {
    # Kestrel: a bare line feed ends a chunk's extension for one and not for the other.
    "CVE-2025-55315": post_open(CHUNKED, body=b"2;\n" + b"xx\r\n45\r\n0\r\n\r\n" + SMUGGLED),
    # h11: the two bytes behind a chunk were not looked at.
    "CVE-2025-43859": post_open(CHUNKED, body=b"c\r\n" + INPUT + b"XX0\r\n\r\n" + SMUGGLED),
    # gunicorn: an unknown coding, or a second one, was passed over.
    "CVE-2024-1135": post_open("Transfer-Encoding: xchunked", f"Content-Length: {len(INPUT)}",
                               body=INPUT + SMUGGLED),
    "CVE-2024-1135 twice": post_open(CHUNKED, "Transfer-Encoding: identity",
                                     body=CHUNK + b"0\r\n\r\n" + SMUGGLED),
    # HAProxy: a name of 270 bytes overflowed its length and became another name.
    "CVE-2021-40346": post_open("Content-Length0" + LONG + "aaaaaaaaaaaaaaa:", "Content-Length: 90",
                                "Content-Length: 0", body=SMUGGLED),
    # HAProxy: an empty name ended the list of headers.
    "CVE-2023-25725": post_open("Content-Length: 0", ": x", CHUNKED,
                                body=b"0\r\n\r\n" + SMUGGLED),
    # Falcon: lengths were read as numbers of a programming language.
    "CVE-2023-38697 +": post_open("Content-Length: +12", body=INPUT + SMUGGLED),
    "CVE-2023-38697 0x": post_open("Content-Length: 0x0c", body=INPUT + SMUGGLED),
    "CVE-2023-38697 _": post_open("Content-Length: 1_2", body=INPUT + SMUGGLED),
    "CVE-2023-38697 chunk": post_open(CHUNKED, body=b"0x" + CHUNK + b"0\r\n\r\n" + SMUGGLED),
}


def test_what_is_smuggled_would_be_seen(launch):
    server = launch(APP.replace("path: STORE", "path: /nonexistent"))
    assert one(server.port, SMUGGLED).status == 404
    wait_for(lambda: any("/smuggled" in line.get("path", "") for line in log_lines(server)))


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggling(server, name):
    """One 400, the connection's end, and nothing of what stood behind it was a request."""
    answers = ask(server.port, SMUGGLING[name])
    assert [answer.status for answer in answers] == [400]
    assert not any("/smuggled" in line.get("path", "") for line in log_lines(server))


HOSTS = ["h/secret/invoke?", "h?x=/open", "h#/open", "ann@h", "h\\secret", "h:80/open", "h, h",
         "[::1]/open", "http://h/open"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/secret/invoke", "/open/invoke"])
def test_cve_2026_48710_and_54282_the_host_is_no_part_of_the_path(server, host, path):
    """starlette put a URL together out of the Host, and looked at that one's path."""
    body = json.dumps({"input": 1}).encode()
    sent = (f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body
    answers = ask(server.port, sent)
    assert [answer.status for answer in answers] == [400]
    assert b"guarded" not in b"".join(answer.body for answer in answers)


PATHS = ["/secret%2finvoke", "/secret%2Finvoke", "//secret/invoke", "/./secret/invoke",
         "/open/../secret/invoke", "/open/%2e%2e/secret/invoke", "/open/..%2fsecret/invoke",
         "/secret;x/invoke", "/secret/invoke;x", "/secret/invoke/", "/SECRET/invoke",
         "/secret/invoke%00", "/secret\\invoke", "/%73ecret/invoke", "/open/invoke/../../secret/invoke",
         "http://h/secret/invoke", "http://ann@h/secret/invoke", "/open/c/N4XyA/../../secret/invoke"]


@pytest.mark.parametrize("path", PATHS)
def test_one_path_for_the_gate_and_the_route(server, path):
    """LangSmith's load balancer and its server read %2F differently."""
    answers = ask(server.port, post(path, {"input": 1}, "Connection: close"))
    assert answers and answers[0].status in (307, 308, 400, 401, 404, 405)
    assert b"guarded" not in b"".join(answer.body for answer in answers)


IDS = ["../../open/invoke", "..%2f..%2fopen", "%2e%2e", "*", "..", "' OR 1=1 --", "\\..\\",
       "00000000-0000-0000-0000-000000000000/../../x", "x" * 4000]


@pytest.mark.parametrize("run_id", IDS, ids=range(len(IDS)))
def test_cve_2026_48776_ids_in_paths_are_ids(server, run_id):
    """langgraph's SDK put ids into paths as they were."""
    quoted = run_id.replace(" ", "%20")
    for method, end in (("GET", "events"), ("POST", "cancel")):
        sent = (f"{method} /secret/runs/{quoted}/{end} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                "X-API-Key: key-of-ann\r\nContent-Length: 0\r\n\r\n").encode()
        answers = ask(server.port, sent)
        assert [answer.status for answer in answers] in ([400], [404]), answers


def traversals():
    """A thousand ways to write a way out of a folder."""
    dice = random.Random(20260934)
    up = ["../", "..\\", "..%5c", "%2e%2e/", "..;/", "....//", ".%2e/", "%252e%252e%252f", "..%c0%af",
          "..%2f", "/", "./", "%00/"]
    ends = ["etc/passwd", "proc/self/environ", "app.yaml", "store.db", "index.html%00.js",
            "windows/win.ini", "C:/x", "file:///etc/passwd", "~root/.ssh/id_rsa"]
    for _ in range(1000):
        yield "".join(dice.choice(up) for _ in range(dice.randint(1, 8))) + dice.choice(ends)


def test_langserve_0_0_13_cve_2026_33497_cve_2024_3571_no_file_is_read(server):
    """LangServe's playground gave any file, as Langflow's did; ours asks for none at all."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    (worker,) = children(server)
    trace = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=open,openat,stat,newfstatat,access",
                              "-p", str(worker)], stderr=subprocess.PIPE, text=True)
    try:
        status = f"/proc/{worker}/status"
        wait_for(lambda: trace.poll() is not None
                 or not re.search(r"^TracerPid:\s+0$", open(status).read(), re.M), 30)
        if trace.poll() is not None:
            pytest.skip("tracing is not allowed: " + trace.stderr.read())
        seen = []
        for i, path in enumerate(traversals()):
            place = ("/open/playground/", "/docs/", "/open/c/N4XyA/playground/", "/")[i % 4]
            sent = f"GET {place}{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()
            answers = ask(server.port, sent)
            seen += [answer.status for answer in answers]
            assert not any(b"root:" in answer.body for answer in answers), path
    finally:
        trace.terminate()
        said = trace.communicate(timeout=30)[1]
    assert set(seen) <= {307, 308, 400, 404} and len(seen) == 1000
    assert "open" not in said and "stat" not in said, said[:2000]


def test_cve_2020_7695_and_7694_nothing_of_a_request_ends_a_line(server):
    """uvicorn: %0d%0a in a path split the answer, escapes in it reached the terminal of the log."""
    before = server.log_path.stat().st_size
    evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a%1b%5b31m%e2%80%a8%c2%85"
    for path in (f"/open{evil}/", f"/open/playground{evil}", f"/{evil}", f"/open/?x={evil}"):
        for answer in ask(server.port, f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                          f"X-Request-ID: a%0d%0ab\r\n\r\n".encode()):
            assert "set-cookie" not in answer.headers, answer
            assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["x-request-id"])
    odd = {"input": 1, "config": {"configurable": {"a\r\nSet-Cookie: evil=1": 1, "b\x1b[31m": 2}}}
    answer = one(server.port, post("/say/invoke", {**odd, "input": {"x": "y"}}))
    assert answer.status == 200 and "set-cookie" not in answer.headers
    assert "%0D%0A" in answer.headers["x-langserved-ignored-config"].upper()
    wait_for(lambda: log_lines(server)[-1].get("path") == "/say/invoke")
    written = server.log_path.read_bytes()[before:]
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xa8|\xc2\x85", written)
    assert all(isinstance(json.loads(line), dict) for line in written.splitlines())


INJECTED = "a\n\nevent: error\ndata: {\"status_code\": 1}\n\nid: 7\r\nretry: 1\r\r\n: x\x85\u2028b"


@pytest.mark.parametrize("endpoint", ["stream", "stream_log", "stream_events"])
def test_cve_2026_44214_and_44217_no_text_becomes_an_event(server, endpoint):
    """Encoders of server-sent events (hono, h3, eventsource-encoder, sse-channel) let line ends pass."""
    body = {"input": {"x": INJECTED}, "config": {"tags": [INJECTED], "configurable": {}},
            "version": "v2"}
    answer = one(server.port, post(f"/say/{endpoint}", body))
    assert answer.status == 200
    lines = re.split(r"\r\n|\r|\n", answer.text)
    kinds = {line for line in lines if line.startswith("event:")}
    assert kinds <= {"event: metadata", "event: data", "event: end"}
    assert all(re.match(r"(event: \w+|data: [\[{\"]|:|$)", line) for line in lines), lines
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    if endpoint == "stream":
        assert "".join(piece for piece in data if isinstance(piece, str)) == INJECTED


INJECTIONS = ["' OR '1'='1", "' OR 1=1 --", '" OR ""="', "key-of-ann' --", "x'; DROP TABLE keys; --",
              "%", "_", "*", "key-of-an_", "sk-' UNION SELECT 1,2,3 --", "\\' OR 1=1 #"]


@pytest.mark.parametrize("key", INJECTIONS)
def test_cve_2026_42208_a_key_is_never_part_of_a_query(server, key):
    """LiteLLM put the Authorization header into SQL."""
    for header in (f"Authorization: Bearer {key}", f"X-API-Key: {key}"):
        answer = one(server.port, post("/secret/invoke", {"input": 1}, header))
        assert answer.status == 403 and b"guarded" not in answer.body
    right = one(server.port, post("/secret/invoke", {"input": 1}, "X-API-Key: key-of-ann"))
    assert right.status == 200


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b'{"a":' * 100_000, b'{"input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"input": 1, "config": {"metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_002,
], ids=["arrays", "objects", "input", "config"])
def test_cve_2025_52999_depth_is_bounded(server, body):
    """jackson-core's stack overflowed."""
    (worker,) = children(server)
    answer = one(server.port, post("/open/invoke", body))
    assert answer.status == 422 and len(answer.body) < 100_000
    assert children(server) == [worker]


def test_cve_2023_44487_and_2024_28182_there_is_no_http2_to_flood(server):
    """Neither by its preface nor by an upgrade."""
    answers = ask(server.port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    assert [answer.status for answer in answers] == [400] or not answers or \
        answers[0].status in (400, 505)
    answer = one(server.port, b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, "
                 b"HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
    assert answer.status == 200 and not answer.interim
