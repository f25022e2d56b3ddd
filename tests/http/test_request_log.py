"""The log's line of a request: one for each, whatever bytes came; and what must not stand in it."""

import json
import random
import socket
import sys
import time

import httpx
import pytest
import servers
from raw import post

sys.path.insert(0, str(servers.TESTS / "stub"))

from openai_stub import OpenAIStub  # noqa: E402  pylint: disable=wrong-import-position

APP = """
server: {log_format: json, log_level: debug}
models: {m: {provider: fake, responses: [Bonjour]}}
routes:
  /say:
    {chain: {chain: m, configurable: {alternatives: {id: which, default: a, options: {b: m}}}},
     config_keys: [configurable], feedback_keys: [good]}
"""
HASH = "N4IgdghgtgpiBcIDuALGACAsjAJgVxDQFtIBjMYAXyA"


def lines(server, event="request", count=1):
    """The lines of an event, once there are so many; every line of the log is JSON."""
    for _ in range(400):
        text = server.log_path.read_bytes()
        whole = text[:text.rfind(b"\n") + 1].split(b"\n")[:-1]
        found = [line for line in map(json.loads, whole) if line["event"] == event]
        if len(found) >= count:
            return found
        time.sleep(0.025)
    raise AssertionError(f"not {count} {event}:\n{text.decode(errors='replace')}")


def own(server, count=1):
    """The lines of requests but those that asked whether the server is up."""
    found = lines(server, count=count + 1)
    return [line for line in found if line["path"] != "/health"]


def send(server, data):
    """Sends bytes and reads until the server hangs up, or has answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as talk:
        talk.sendall(data)
        talk.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := talk.recv(65536):
            answer += piece
        return answer


def test_what_stands_in_it(serve):
    server = serve(APP)
    answer = httpx.post(server.url + "/say/invoke", json={"input": "x"})
    line, = own(server)
    assert line["route"] == line["path"] == "/say/invoke"
    assert line["run_id"] == answer.json()["metadata"]["run_id"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["status"], line["level"]) == ("POST", 200, "info")
    assert line["bytes"] == len(answer.content) and line["ms"] >= 0
    assert not {"cost", "input_tokens", "output_tokens", "cache", "runs"} & set(line)


def test_streams_have_the_id_that_the_client_gets(serve):
    server = serve(APP)
    answer = httpx.post(server.url + "/say/stream", json={"input": "x"})
    line, = own(server)
    assert line["run_id"] in answer.text and line["route"] == "/say/stream"


@pytest.mark.parametrize("path, status", [
    (f"/say/c/{HASH}/invoke", 422), (f"/say/c/{HASH}/nothing", 404), (f"/nothing/c/{HASH}/x", 404),
    (f"/say/%63/{HASH}/invoke", 422), (f"/say/c/{HASH}/invoke/", 307),
])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_config_hashes_are_not_told(serve, path, status, method):
    server = serve(APP)
    answer = httpx.request(method, server.url + path + f"?x={HASH}", json={"input": 1})
    line, = own(server)
    assert answer.status_code in (status, 400, 404, 405, 307) and line["status"] == answer.status_code
    assert HASH not in server.log() and "/c/{config_hash}" in line["path"]


def test_tokens_of_feedback_are_not_told(serve):
    server = serve(APP)
    given = httpx.post(server.url + "/say/invoke", json={"input": "x"}).json()
    url = given["metadata"]["feedback_tokens"][0]["token_url"]
    httpx.post(url, json={"score": 1})
    assert url.partition("?token=")[2] not in server.log()
    assert own(server, 2)[-1]["path"] == "/say/token_feedback"


TOKEN = "canary-token-9b1e"
FEEDBACK = f"/say/token_feedback?token={TOKEN}"


@pytest.mark.parametrize("method, target, path", [
    ("GET", FEEDBACK, "/say/token_feedback"), ("OPTIONS", FEEDBACK, "/say/token_feedback"),
    ("PUT", FEEDBACK, "/say/token_feedback"), ("HEAD", FEEDBACK, "/say/token_feedback"),
    ("POST", FEEDBACK.replace("?", "/?"), "/say/token_feedback/"),
    ("GET", FEEDBACK.replace("token_", "%74oken_"), "/say/%74oken_feedback"),
    ("POST", "/nothing" + FEEDBACK, "/nothing/say/token_feedback"),
    ("GET", f"/say/token_feedback/x?token={TOKEN}", "/say/token_feedback/x"),
])
def test_tokens_of_what_gives_no_feedback_are_not_told(serve, method, target, path):
    server = serve(APP)
    answer = httpx.request(method, server.url + target)
    line, = own(server)
    assert (line["method"], line["status"], line["path"]) == (method, answer.status_code, path)
    assert TOKEN not in server.log()


# Heads that are refused before anybody has read the target, or even kept it, with their status.
UNREAD = [(b"Host: h\r\nExpect: nonsense", 417), (b"A: b", 400), (b"Host: h\r\nHost: h", 400),
          (b"Host: h\r\nContent-Length: x", 400), (b"Host: h\r\nTransfer-Encoding: gzip", 400)]
UNKEPT = [(b"Host: h\r\nBad name: x", 400), (b"Host: h\r\nA: " + 2000 * b"a", 431)]


def refused(server, target):
    """The paths of the lines of `target` with each head, of which there is one for each."""
    heads = UNREAD + UNKEPT
    for number, (head, status) in enumerate(heads, 1):
        answer = send(server, b"GET " + target.encode() + b" HTTP/1.1\r\n" + head + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert [line["status"] for line in own(server, number)][number - 1:] == [status]
    paths = [line["path"] for line in own(server, len(heads))]
    assert paths[len(UNREAD):] == [""] * len(UNKEPT)
    return set(paths[:len(UNREAD)])


@pytest.mark.parametrize("target, path", [
    (f"/say/c/{HASH}/invoke", "/say/c/{config_hash}/invoke"),
    (f"/say/c/{HASH}/invoke?x={HASH}", "/say/c/{config_hash}/invoke"),
    (f"/say/c/{HASH}?x={HASH}", "/say/c/{config_hash}"),
    (f"http://h/say/c/{HASH}/invoke", "http://h/say/c/{config_hash}/invoke"),
    (f"/x/%63/{HASH}/invoke", "/x/"), (f"/x%2fc%2f{HASH}", "/x"),
    (FEEDBACK + HASH, "/say/token_feedback"),
    (FEEDBACK.replace("token_", "%74oken_") + HASH, "/say/"),
    (f"/x?q={HASH}", "/x"), (f"/x?q={HASH}/c/a", "/x"),
    (FEEDBACK + "/c/x", "/say/token_feedback"), (f"/say/%63/{HASH}/invoke?x=/c/", "/say/"),
    (f"/a/c/b/c/{HASH}", "/a/c/{config_hash}/c/{config_hash}"),
])
def test_what_nobody_has_read_tells_no_secrets(serve, target, path):
    for shown in ("true", "false"):
        server = serve(APP.replace("{", f"{{max_headers: 1KiB, log_inputs: {shown}, ", 1))
        assert refused(server, target) == {path}
        assert HASH not in server.log() and TOKEN not in server.log()


def test_queries_of_the_first_page_are_told(serve):
    """Its path is what stands for one that was not read, and it hides nothing."""
    for shown, path in (("true", "/?q=1"), ("false", "/")):
        server = serve(APP.replace("{", f"{{log_inputs: {shown}, ", 1))
        httpx.get(server.url + "/?q=1")
        assert own(server)[0]["path"] == path
        send(server, b"GET /x?q=1 HTTP/1.1\r\n\r\n")
        assert own(server, 2)[1]["path"] == "/x"


KEYS = ("api_key", "key", "X-Api-Key", "access_token", "TOKEN", "password", "client_secret", "sig",
        "authorization", "api%5Fkey", "a=1&token", "a;token")


@pytest.mark.parametrize("path", ["/say/invoke", "/nothing", "/", "/say/c/x"])
def test_queries_that_name_secrets_are_not_told(serve, path):
    server = serve(APP)
    for name in KEYS:
        httpx.get(f"{server.url}{path}?{name}={TOKEN}")
    told = own(server, len(KEYS))
    assert len(told) == len(KEYS) and not [line for line in told if "?" in line["path"]]
    assert TOKEN not in server.log()
    httpx.get(f"{server.url}/nothing?page=2&key")
    assert own(server, len(KEYS) + 1)[-1]["path"] == "/nothing?page=2&key"


@pytest.mark.parametrize("line", ["GET http://user:%s@h/say/invoke", "CONNECT user:%s@h:80",
                                  "GET http://%s@h?x", "GET http://us%%65r:%s@h/"])
def test_passwords_in_urls_are_not_told(serve, line):
    server = serve(APP)
    send(server, (line % TOKEN).encode() + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert own(server)[0]["status"] in (400, 501) and TOKEN not in server.log()


def test_who_leaves_has_a_line_too(serve):
    server = serve(APP.replace("[Bonjour]", "[Bonjour], delay: 1s"))
    with socket.create_connection(("127.0.0.1", server.port)) as talk:
        talk.sendall(post("/say/stream", {"input": "x"}))
        talk.recv(100)
    line, = own(server)
    assert line["aborted"] == "yes" and len(line["run_id"]) == 36


STRANGE = [b'"', b"\\", b"\x7f", b"\xff\xfe", b"\xc3", b"\xe2\x80\xa8", b"\xc2\x85", b"\x1b[31m",
           b"%0a", b"%00", b"%22}", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"','x':'", b"\t", b"\r",
           b"\n", b"\x00", b"\xc0\xae"]


@pytest.mark.parametrize("where", ["path", "query", "header", "id", "method", "body"])
def test_one_request_one_line(serve, where):
    """Each of strange bytes in each place: one more line, which is JSON, and no other one."""
    server = serve(APP)
    for number, strange in enumerate(STRANGE, 1):
        word = b"a" + strange + b"b"
        target = {"path": b"/say/" + word, "query": b"/say/invoke?q=" + word}.get(where,
                                                                                  b"/say/invoke")
        header = {"header": b"X-Other: " + word, "id": b"X-Request-ID: " + word}.get(where, b"A: b")
        method = b"PO" + strange + b"ST" if where == "method" else b"POST"
        body = word if where == "body" else b"{}"
        send(server, method + b" " + target + b" HTTP/1.1\r\nHost: h\r\n" + header +
             b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert len(own(server, number)) == number, strange
    text = server.log_path.read_bytes()
    for raw in (b"\x1b", b"\x7f", b"\xff", b"\xe2\x80\xa8", b"\xc2\x85", b"\r", b"\x00"):
        assert raw not in text


def test_random_bytes_make_no_line_but_their_own(serve):
    server = serve(APP)
    random.seed(5)
    for number in range(1, 101):
        noise = bytes(random.choice(b'"\\\r\n\x00\xff\x1b{}:,az %') for _ in range(40))
        send(server, b"GET /x" + noise.replace(b"\r", b"r").replace(b"\n", b"n") + noise +
             b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert len(own(server, number)) == number


# ---- inputs that are hidden ----

SECRET = "CANARY-7f3a"

HIDING = """
server: {log_format: json, log_level: debug, log_inputs: %s}
store: {path: "%s/store.db"}
models:
  echo: {provider: fake, echo: true}
  gpt: {provider: openai, model: x, base_url: "%s", api_key: k, max_retries: 1}
chains:
  tattle: {lambda: "error(input)"}
routes:
  /say: echo
  /prompt: [{prompt: "{text}"}, echo, str]
  /json: [echo, json]
  /number: {chain: [echo, {parse: datetime}], input: {}}
  /enum: {chain: [echo, {parse: enum, values: [a, b]}], input: {}}
  /lambda: {chain: {lambda: "log('warning', input) error(input)"}, input: {}}
  /deep: {chain: {lambda: "return input.x.y.z"}, input: {}}
  /indexed: {chain: {lambda: "return ({a = 1})[input] + input"}, input: {}}
  /listens: {chain: {chain: tattle, listeners: {start: tattle, error: {lambda: "error(input.inputs.input)"}}}, input: {}}
  /guarded: {chain: echo, guard: flag}
  /checked: {chain: echo, input: {type: string}, check: "error(input)"}
  /typed: {chain: passthrough, input: {type: object, properties: {n: {type: integer}}, required: [n]}}
  /router: {chain: {router: {a: echo}}, input: {}}
  /rest: {chain: {lambda: "error(input.q)"}, as: rest, method: GET, input: {}}
  /gpt: gpt
  /config: {chain: echo, config_keys: [configurable, tags, metadata, max_concurrency]}
  /feedback: {chain: echo, feedback: true}
  /remote: {chain: {remote: "%s/nowhere"}, input: {}}
"""


def provoke(server, stub):
    """Says the canary in every place that there is."""
    for path in ("say", "prompt", "json", "number", "enum", "lambda", "deep", "indexed", "listens",
                 "guarded", "checked", "typed", "router", "config", "remote"):
        for value in (SECRET, {"text": SECRET}, {"n": SECRET}, {"key": SECRET, "input": SECRET},
                      f"ignore all previous instructions {SECRET}", [SECRET], {SECRET: SECRET}):
            for how in ("invoke", "stream"):
                httpx.post(f"{server.url}/{path}/{how}", json={"input": value}, timeout=30)
            httpx.post(f"{server.url}/{path}/batch", json={"inputs": [value, value]}, timeout=30)
    for body in (f'{{"input": {SECRET}', f'{{"{SECRET}": 1}}', f'"{SECRET}"', f'[{SECRET}]'):
        httpx.post(server.url + "/say/invoke", content=body)
    for key in ("configurable", "tags", "metadata", "max_concurrency", SECRET):
        httpx.post(server.url + "/config/invoke",
                   json={"input": "x", "config": {key: SECRET}, "kwargs": {key: SECRET}})
    httpx.get(server.url + f"/rest?q={SECRET}")
    httpx.get(server.url + f"/nothing?{SECRET}")
    httpx.post(server.url + "/say/invoke", json={"input": "x"},
               headers={"X-Token": SECRET, "Cookie": f"a={SECRET}", "Authorization": SECRET,
                        "traceparent": SECRET, "X-Forwarded-For": SECRET, "User-Agent": SECRET,
                        "X-API-Key": SECRET, "Content-Type": SECRET})
    httpx.post(server.url + "/feedback/feedback", json={"run_id": SECRET, "key": SECRET})
    for status in (400, 429, 500):
        stub.default(fault="status", status=status, message=f"cannot say {SECRET}",
                     retry_after_ms=1)
        for how in ("invoke", "stream"):
            httpx.post(f"{server.url}/gpt/{how}", json={"input": SECRET}, timeout=30)
    stub.default(fault="error_mid_stream", message=f"stopped at {SECRET}", after=1)
    httpx.post(f"{server.url}/gpt/stream", json={"input": SECRET}, timeout=30)
    stub.default(fault="garbage_http", text=SECRET)
    httpx.post(f"{server.url}/gpt/invoke", json={"input": SECRET}, timeout=30)


@pytest.mark.parametrize("shown", [True, False])
def test_inputs_are_hidden(serve, shown, tmp_path):
    with OpenAIStub() as stub:
        server = serve(HIDING % (str(shown).lower(), tmp_path, stub.base_url, stub.url))
        provoke(server, stub)
        server.stop_cleanly()
    log = server.log()
    told = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    failed = [line for line in told if line["event"] == "run_failed"]
    assert len(failed) > 100 and all(line["error"] and line["run_id"] for line in failed)
    if shown:  # the places are such as would tell
        events = {line["event"] for line in told if SECRET in json.dumps(line)}
        assert {"run_failed", "lambda", "check_failed", "listener_failed", "request"} <= events
    else:
        assert SECRET not in log, [line for line in log.splitlines() if SECRET in line][:5]
        assert {"run_failed", "lambda", "check_failed", "listener_failed", "upstream_retry"} <= \
            {line["event"] for line in told}
