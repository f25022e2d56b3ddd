"""What the tests of OpenAI's provider share: app files, requests to our server, its log.

Design: one stub and one server serve a whole session; a test tells the stub what to do through its
queue, and chooses a route whose model has the options that matter.  What needs other options of
the server itself starts one of its own with Rig.start().
"""

import json
import re
import time

import servers
from wire_http import Connection, Request, exchange

KEY = "sk-Stub-0123456789abcdefABCDEF"
ASK = "Say hello."

# So short that nothing hangs, so long that a busy machine under ASan keeps to them.
PATIENCE = {"max_retries": 0, "timeout": "15s", "connect_timeout": "3s",
            "first_byte_timeout": "2s", "idle_timeout": "1500ms"}

MODELS = {
    "plain": {},
    "usage": {"stream_usage": True},
    "three": {"n": 3},
    "probable": {"logprobs": True, "top_logprobs": 2},
    "twice": {"max_retries": 1},
    "often": {"max_retries": 3},
    "first": {"first_byte_timeout": "300ms"},
    "idle": {"idle_timeout": "300ms"},
    "total": {"timeout": "500ms"},
    "hasty": {"first_byte_timeout": "500ms", "idle_timeout": "500ms", "timeout": "1s"},
    "patient": {"first_byte_timeout": "60s", "idle_timeout": "60s", "timeout": "60s"},
}


def model(stub, **options):
    """A model's options: the stub's, with a key, and patient only for a moment."""
    return {"provider": "openai", "base_url": stub.base_url, "api_key": "${STUB_KEY}",
            "model": "gpt-4o-mini", **PATIENCE, **options}


def app_file(stub, models=None, server=None, routes=None):
    """An app's text (JSON is YAML); each model is a route of its name, as it is and telling."""
    models = MODELS if models is None else models
    paths = {"/chat": "plain", "/text": [{"prompt": "{text}"}, "plain", "str"],
             "/json": ["plain", "json"], "/text/hasty": ["hasty", "str"]} if models is MODELS else {}
    for name in models:
        paths[f"/{name}"] = name
        paths[f"/tell/{name}"] = {"chain": name, "upstream_errors": "tell"}
    return json.dumps({
        "server": server or {},
        "models": {name: model(stub, **options) for name, options in models.items()},
        "routes": {**paths, **(routes or {})}})


def post(port, path, body):
    return exchange(port, request(path, body))


def request(path, body):
    return Request("POST", path, json.dumps(body).encode())


class Stream:
    """A streamed answer of ours, read to its end."""

    def __init__(self, answer):
        self.status = answer.status
        self.framing = answer.framing
        self.events = [event_of(part) for part in answer.body.decode().split("\r\n\r\n")
                       if part and not part.startswith(":")]

    @property
    def names(self):
        return [name for name, _ in self.events]

    @property
    def chunks(self):
        return [data for name, data in self.events if name == "data"]

    @property
    def text(self):
        return "".join(c if isinstance(c, str) else c["content"] for c in self.chunks)

    @property
    def error(self):
        """The data of the error event, None without one."""
        return next((data for name, data in self.events if name == "error"), None)

    @property
    def ended_well(self):
        return self.names[-1:] == ["end"] and self.framing == "chunked"

    @property
    def ended_with_error(self):
        return self.names[-1:] == ["error"] and self.framing == "chunked"


def event_of(part):
    """("data", value) for one event's lines."""
    fields = dict(line.split(": ", 1) for line in part.split("\r\n"))
    return fields["event"], json.loads(fields["data"]) if "data" in fields else None


class Rig:
    """A server of ours in front of a stub."""

    def __init__(self, stub, server):
        self.stub, self.server = stub, server
        self.mark = 0

    def forget(self):
        """Makes the stub and the log as new."""
        self.stub.reset()
        self.mark = len(self.server.log())

    def invoke(self, path="/chat", value=ASK):
        """(status, output or the error's body)"""
        answer = post(self.server.port, f"{path}/invoke", {"input": value})
        return answer.status, (json.loads(answer.body)["output"] if answer.status == 200
                               else answer.text)

    def output(self, path="/chat", value=ASK):
        status, output = self.invoke(path, value)
        assert status == 200, (output, self.log())
        return output

    def stream(self, path="/chat", value=ASK):
        return Stream(post(self.server.port, f"{path}/stream", {"input": value}))

    def text(self, path, streamed):
        """The text of an answer that ended well."""
        if not streamed:
            return self.output(path)["content"]
        stream = self.stream(path)
        assert stream.ended_well, self.log()
        return stream.text

    def metric(self, name):
        """The sum of a metric's series."""
        text = exchange(self.server.port, Request("GET", "/metrics")).text
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))

    def batch(self, path, values):
        return post(self.server.port, f"{path}/batch", {"inputs": values})

    def open(self, path, body):
        """A connection on which a request has been sent."""
        connection = Connection(self.server.port)
        connection.send(request(path, body))
        return connection

    def bodies(self):
        """The bodies of the requests that the stub has got."""
        return [r["json"] for r in self.stub.requests()]

    def log(self):
        """What was logged since the test began."""
        return self.server.log()[self.mark:]

    def logged(self, event):
        """The log's lines of one event, as objects."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if event in (line.get("event"), line.get("msg"))]

    def failure(self):
        """The code of the last failed run."""
        return self.wait_logged("run_failed")[-1]["error"]

    def wait_logged(self, event, count=1, seconds=10):
        end = time.monotonic() + seconds
        while len(found := self.logged(event)) < count:
            assert time.monotonic() < end, f"not {count} {event} in the log:\n{self.log()}"
            time.sleep(0.01)
        return found


def rig_of(stub_class, app_text, folder):
    """A fixture's Rig: one stub that wants a key, and one server with app_text(stub); the end checks
    for sanitizer reports."""
    with stub_class(api_key=KEY) as stub:
        (folder / "app.yaml").write_text(app_text(stub), encoding="utf-8")
        server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
        yield Rig(stub, server)
        server.stop_cleanly()


class Pair(Rig):
    """A server of ours in front of two stubs, each with a reply of its own."""

    def __init__(self, stubs, server, replies):
        super().__init__(stubs[0], server)
        self.stubs, self.other, self.replies = stubs, stubs[1], replies

    def forget(self):
        super().forget()
        self.other.reset()
        for stub, reply in zip(self.stubs, self.replies):
            stub.default(reply=reply)


def wait_until(condition, seconds=10):
    """Polls until `condition()` is true; how long that took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, f"not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - begin


def fit(row):
    """A test's id from a table's row."""
    return row if isinstance(row, str) else None


def without_nulls(value):
    """A copy without members that are null: an SDK has one for each member that it knows."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def total_of(chunks):
    """The sum of chunks from the wire, as LangChain's client adds them."""
    from langchain_core.messages import AIMessageChunk
    total = AIMessageChunk(**chunks[0])
    for chunk in chunks[1:]:
        total += AIMessageChunk(**chunk)
    return total.model_dump()
