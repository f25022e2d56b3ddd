"""The app that the tests of API keys serve, and requests to it."""

import dataclasses
import hashlib
import http.client
import json

# Whose: the variable of the environment, and the key.
KEYS = {
    "ann": ("ANN_KEY", "canary-ann-0f8a2c"),
    "bob": ("BOB_KEY", "canary-bob-77d1e9"),
    "half": ("HALF_KEY", "canary-half-c0ffee"),
    "late": ("LATE_KEY", "canary-late-1970aa"),
}
ANN, BOB, HALF, LATE = (text for _, text in KEYS.values())
DIGEST = hashlib.sha256(b"canary-digest-5eed").hexdigest()
APP = f"""
app: {{title: Guarded}}
server: {{root_path: /api/v1}}
store: {{path: STORE}}
auth:
  store: true
  keys:
    ann: "${{ANN_KEY}}"
    bob: {{key: "${{BOB_KEY}}"}}
    half: {{key: "${{HALF_KEY}}", scopes: [/open_to_half, /deep/path], limit: 100000/day}}
    late: {{key: "${{LATE_KEY}}", expires: 1999-12-31}}
    digest: sha256:{DIGEST}
models:
  slow: {{provider: fake, echo: true, chunk: word, delay: 50ms}}
chains:
  ask: {{prompt: "{{text}}"}}
  secret: {{value: the guarded value}}
routes:
  /guarded: {{chain: secret, feedback: true, feedback_keys: [good]}}
  /open: {{chain: {{value: open}}, auth: none}}
  /open_to_half: secret
  /deep/path: secret
  /plain: {{chain: secret, as: rest, input: {{}}}}
  /slow: {{chain: "ask | slow | str", resumable: true, config_keys: [run_id]}}
  /own:
    chain: secret
    errors: json
    auth: {{header: X-Token, bearer: false, missing: 422, status: 400,
            detail: X-Token header invalid, keys: {{anybody: "${{BOB_KEY}}"}}}}
  /forbids: {{chain: secret, errors: problem, auth: {{missing: 403, keys: {{ann: "${{ANN_KEY}}"}}}}}}
  /who:
    chain: {{lambda: config.metadata}}
    config_keys: [metadata]
    config_from: {{metadata.user: {{caller: name}}, metadata.may: {{caller: scopes}}}}
"""


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    def detail(self):
        return self.json()["detail"]


def ask(server, path, key=None, body=None, method=None, headers=()):
    """One request, with the key as X-API-Key."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        method = method or ("GET" if body is None else "POST")
        connection.putrequest(method, path)
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            connection.putheader("Content-Length", str(len(data)))
        if key is not None:
            connection.putheader("X-API-Key", key)
        for name, value in dict(headers).items():
            connection.putheader(name, value)
        connection.endheaders(data)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def ask_raw(server, target, headers=(), body='{"input": "x"}'):
    """A POST whose target and header lines are sent as they stand."""
    host = target.split("/")[2] if target.startswith("http://") else "h"
    lines = [f"POST {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *headers]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.connect()
    try:
        connection.sock.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1"))
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        return Answer(answer.status, {}, answer.read())
    finally:
        connection.close()


def invoke(server, path, key=None, value="x", headers=(), **config):
    return ask(server, f"{path}/invoke", key, {"input": value, "config": config}, headers=headers)
