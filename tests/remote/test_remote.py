"""`remote`: the routes of another server as steps; ours, and the original LangServe."""

import http.client
import http.server
import json
import re
import threading
import time
import urllib.error
import urllib.request

import pytest
import servers

FAR = """\
models:
  echo: {provider: fake, echo: true}
  hello: {provider: fake, responses: ["Hello there!"], chunk: word}
  broken: {provider: fake, error: the far model is broken}
  half: {provider: fake, responses: [a b c d], chunk: word, error_after: 2}
  slow: {provider: fake, responses: [late], delay: 10s}
chains:
  say: [{prompt: "{word}"}, echo, str]
routes:
  /say: say
  /chat: hello
  /prompt: {chain: {prompt: [[system, "Be {how}."], [human, "{word}"]]}}
  /object: {chain: {parallel: {in: passthrough, one: {value: 1}}}}
  /broken: broken | str
  /half: half | str
  /slow: slow | str
"""


def near_app(far):
    routes = "".join(f"  /{path}: {{chain: {{remote: \"${{FAR}}/{path}\", max_retries: 0}}}}\n"
                     for path in re.findall(r"^  /(\w+):", far, re.M))
    return f"""\
models:
  echo: {{provider: fake, echo: true}}
routes:
{routes}\
  /text: {{chain: [{{remote: "${{FAR}}/chat/"}}, str]}}
  /ask: {{chain: [{{remote: "${{FAR}}/prompt"}}, echo, str]}}
  /fan: {{chain: {{parallel: {{a: {{remote: "${{FAR}}/say"}}, b: {{remote: "${{FAR}}/chat"}}}}}}}}
  /hasty: {{chain: {{remote: "${{FAR}}/slow", timeout: 100ms}}}}
  /impatient: {{chain: {{remote: "${{FAR}}/slow", first_byte_timeout: 100ms, max_retries: 0}}}}
  /nobody: {{chain: {{remote: "http://127.0.0.1:1/x", max_retries: 0}}}}
  /missing: {{chain: {{remote: "${{FAR}}/nothing", max_retries: 0}}}}
"""


def ask(server, path, value):
    """Status and body; the ids of runs made equal."""
    try:
        with urllib.request.urlopen(server.url + path, json.dumps(value).encode(),
                                    timeout=30) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", text)


def joined(stream):
    """The text that a stream's data events make together."""
    return "".join(json.loads(line[6:]) for event, line in events(stream) if event == "data")


def events(stream):
    return re.findall(r"^event: (\w+)\r?\n(data: .*)?", stream, re.M)


@pytest.fixture
def pair(serve):
    far = serve(FAR)
    return far, serve(near_app(FAR), env={"FAR": far.url})


SAME = [
    ("say", {"word": "日本 ü"}),
    ("chat", [{"type": "human", "content": "hi"}]),
    ("prompt", {"how": "brief", "word": "x"}),
    ("object", {"a": [1, None, {"b": 2.5}]}),
]


@pytest.mark.parametrize("path, value", SAME)
def test_a_remote_route_is_as_the_route_itself(pair, path, value):
    far, near = pair
    assert ask(near, f"/{path}/invoke", {"input": value}) == ask(far, f"/{path}/invoke",
                                                                  {"input": value})
    status, text = ask(near, f"/{path}/batch", {"inputs": [value] * 3})
    assert (status, text) == ask(far, f"/{path}/batch", {"inputs": [value] * 3})
    assert ask(near, f"/{path}/stream", {"input": value}) == ask(far, f"/{path}/stream",
                                                                  {"input": value})


def test_objects_pass_into_other_steps(pair):
    _, near = pair
    assert '"output":"Hello there!"' in ask(near, "/text/invoke", {"input": "x"})[1]
    assert joined(ask(near, "/text/stream", {"input": "x"})[1]) == "Hello there!"
    assert '"output":"x"' in ask(near, "/ask/invoke", {"input": {"how": "brief", "word": "x"}})[1]
    status, text = ask(near, "/fan/invoke", {"input": {"word": "x"}})
    assert status == 500, "a chat model takes no object"
    assert '"error":"validation_error"' in near.log()


@pytest.mark.parametrize("path", ["json", "parts"])
def test_what_streams_adds_up_to_what_the_route_gives(serve, path, tmp_path):
    """Snapshots replace what came before, pieces of objects add to it: for the steps behind, and in
    a cache that a stream filled."""
    far = serve("""\
models:
  j: {provider: fake, responses: ['{"name": "Ada", "list": [1, 20], "o": {"x": "yz"}}']}
  t: {provider: fake, responses: ["hello my world"], chunk: word}
chains: {parse: "j | json", say: "t | str"}
routes:
  /json: parse
  /parts: {chain: {parallel: {a: say, b: parse, c: say}}}
""")
    near = serve(f"""\
store: {{path: {tmp_path}/store.db}}
routes:
  /behind: {{chain: [{{remote: "{far.url}/{path}"}}, {{lambda: input}}]}}
  /cached: {{chain: {{remote: "{far.url}/{path}", cache: {{ttl: 1h}}}}}}
""")
    right = json.loads(ask(far, f"/{path}/invoke", {"input": "x"})[1])["output"]
    parts = events(ask(near, "/behind/stream", {"input": "x"})[1])
    assert [json.loads(data[6:]) for name, data in parts if name == "data"] == [right]
    ask(near, "/cached/stream", {"input": "x"})
    assert json.loads(ask(near, "/cached/invoke", {"input": "x"})[1])["output"] == right


def test_failures_are_those_of_a_provider(pair):
    far, near = pair
    for path, told in (("broken", "the server answered 500"), ("missing", "answered 404"),
                       ("nobody", "upstream_unreachable"), ("impatient", "upstream_timeout")):
        assert ask(near, f"/{path}/invoke", {"input": "x"})[0] == 500
        assert told in near.log(), path
    assert ask(near, "/hasty/invoke", {"input": "x"})[0] == 504


def test_a_bad_input_keeps_the_other_servers_message(pair):
    _, near = pair
    assert ask(near, "/say/invoke", {"input": 7})[0] == 500
    assert '"error":"validation_error"' in near.log()
    assert "Field required" in near.log() or "Input should be" in near.log()


def test_a_stream_that_breaks_off_is_an_error(pair):
    _, near = pair
    _, text = ask(near, "/half/stream", {"input": "x"})
    assert joined(text) == "a b "
    assert [name for name, _ in events(text)][-1] == "error"


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers as LangServe does, and keeps what it was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, self.headers, json.loads(body)))
        self.send_response(200)
        self.send_header("content-length", "12")
        self.end_headers()
        self.wfile.write(b'{"output":1}')

    def log_message(self, *_):
        pass


@pytest.fixture
def recorder():
    with http.server.HTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_headers_and_config_are_passed_on(serve, recorder):
    near = serve("routes:\n  /x:\n    config_keys: [tags, metadata, max_concurrency]\n    chain:\n"
                 "      remote: \"${FAR}/some/route\"\n"
                 "      headers: {Authorization: \"Bearer ${TOKEN}\"}\n"
                 "      tags: [own]\n      metadata: {m: 1}\n",
                 env={"FAR": f"http://127.0.0.1:{recorder.server_port}", "TOKEN": "s3cret"})
    config = {"tags": ["given"], "metadata": {"n": 2}, "max_concurrency": 3}
    status, _ = ask(near, "/x/invoke", {"input": [1], "config": config})
    assert status == 200
    (path, headers, body), = recorder.seen
    assert path == "/some/route/invoke"
    assert headers["authorization"] == "Bearer s3cret"
    assert body["input"] == [1]
    assert body["kwargs"] == {}
    sent = body["config"]
    assert sent["configurable"] == {}
    assert sent["recursion_limit"] == 25
    assert sent["max_concurrency"] == 3
    assert sent["tags"] == ["given", "own"]
    assert sent["metadata"] == {"n": 2, "m": 1}
    assert "s3cret" not in near.log()


def test_what_the_other_route_has_configurable_is_set_here(serve, recorder):
    near = serve("routes:\n"
                 "  /x:\n    chain: {remote: \"${FAR}/r\", config: {configurable: {session_id: s1}}}\n"
                 "    config_from: {configurable.user: {header: x-user}}\n"
                 "  /y:\n    chain: {lambda: \"config.configurable\", config: {configurable: {a: 1}}}\n"
                 "    config_from: {configurable.n: {header: x-n, type: integer}}\n",
                 env={"FAR": f"http://127.0.0.1:{recorder.server_port}"})

    def post(path, headers):
        body = {"input": 1, "config": {"configurable": {"user": "forged", "other": "client's"}}}
        request = urllib.request.Request(near.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["output"]

    post("/x/invoke", {"x-user": "ada"})
    post("/x/invoke", {})
    assert [body["config"]["configurable"] for _, _, body in recorder.seen] == \
        [{"session_id": "s1", "user": "ada"}, {"session_id": "s1"}]
    assert post("/y/invoke", {"x-n": "7"}) == {"a": 1, "n": 7}


TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def traced(serve, recorder, headers, path="/x/invoke"):
    """What a request with these headers makes ours send to others."""
    near = serve("models: {m: {provider: openai, base_url: \"${FAR}\", api_key: k}}\n"
                 "routes:\n  /x: {chain: {remote: \"${FAR}/r\"}}\n"
                 "  /model: {chain: m}\n"
                 "  /two: {chain: [{remote: \"${FAR}/r\"}, {remote: \"${FAR}/r\"}]}\n"
                 "  /fails: {chain: {lambda: \"log('here') error('no')\"}}\n",
                 env={"FAR": f"http://127.0.0.1:{recorder.server_port}"})
    recorder.seen.clear()
    connection = http.client.HTTPConnection("127.0.0.1", near.port, timeout=30)
    connection.putrequest("POST", path)
    body = b'{"input": "x"}'
    for name, value in (*headers, ("Content-Length", str(len(body)))):
        connection.putheader(name, value)
    connection.endheaders(body)
    connection.getresponse().read()
    connection.close()
    return near, [headers for _, headers, _ in recorder.seen]


def parts(headers):
    (parent,) = headers.get_all("traceparent")
    return re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", parent).groups()


def trace_ids(server, event):
    """Of the lines of that event, but for the question whether the server is up."""
    for _ in range(200):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        found = [line.get("trace_id") for line in lines
                 if line["event"] == event and line.get("path") != "/health"]
        if found:
            break
        time.sleep(0.05)  # the access log is written after the answer
    return found


def test_a_trace_goes_on(serve, recorder):
    near, seen = traced(serve, recorder, [("traceparent", PARENT), ("tracestate", "a=1"),
                                          ("TraceState", "b=2")], "/two/invoke")
    (trace, span, flags), (other_trace, other_span, _) = map(parts, seen)
    assert (trace, flags, other_trace) == (TRACE, "01", TRACE)
    assert len({span, other_span, SPAN}) == 3, "each request is a span of its own"
    assert [headers.get_all("tracestate") for headers in seen] == [["a=1,b=2"]] * 2
    assert trace_ids(near, "request") == [TRACE]


@pytest.mark.parametrize("headers", [
    [], [("tracestate", "a=1")], [("traceparent", PARENT + "-x"), ("tracestate", "a=1")],
    [("traceparent", PARENT), ("traceparent", PARENT)],
    [("traceparent", PARENT.replace(SPAN, "0" * 16))]], ids=range(5))
def test_a_new_trace_begins(serve, recorder, headers):
    near, seen = traced(serve, recorder, headers)
    trace, _, flags = parts(seen[0])
    assert trace not in (TRACE, "0" * 32) and flags == "00"
    assert seen[0].get_all("tracestate") is None
    assert trace_ids(near, "request") == [trace]


def test_a_bad_state_is_dropped_alone(serve, recorder):
    _, seen = traced(serve, recorder, [("traceparent", PARENT), ("tracestate", "A=1")])
    assert parts(seen[0])[0] == TRACE
    assert seen[0].get_all("tracestate") is None


def test_providers_hear_of_no_trace(serve, recorder):
    _, seen = traced(serve, recorder, [("traceparent", PARENT), ("tracestate", "a=1")],
                     "/model/invoke")
    assert seen and not any(name.lower().startswith("trace") for name in seen[0])


def test_the_lines_of_a_request_carry_its_trace(serve, recorder):
    near, _ = traced(serve, recorder, [("traceparent", PARENT)], "/fails/invoke")
    for event in ("request", "run_failed", "lambda"):
        assert trace_ids(near, event) == [TRACE], event


def test_what_is_wrong_is_told(tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text("""\
routes:
  /a: {chain: {remote: nowhere}}
  /b: {chain: {remote: 7}}
  /c: {chain: {remote: "http://h/x", header: {}}}
  /d: {chain: {remote: "http://h/x", headers: {"X Y": z}}}
  /e: {chain: {remote: "http://h/x", headers: {Host: z, Traceparent: z}}}
  /f: {chain: {remote: "http://h/x", headers: {X: "a\\nb"}}}
  /g: {chain: {remote: "http://h/x", max_retries: -1}}
""")
    done = servers.check(app)
    text = done.stdout + done.stderr
    assert done.returncode != 0
    for told in ("app.yaml:2:24: error: remote: expected the URL", ":3:24: error: remote: expected",
                 "did you mean 'headers'", "'X Y' is no name of a header",
                 "the header Host is the request's own", "the header Traceparent is",
                 "the header X: expected one line",
                 ":8:"):
        assert told in text, told


ORIGINAL = {"translate": {"language": "French", "text": "x"},
            "chat": [{"type": "human", "content": "hi"}],
            "prompt_simple": {"role": "cook", "question": "Why?"},
            "parallel": {"a": 1},
            "assign": {"language": "French", "text": "x"}}


@pytest.fixture(scope="module")
def over_original(original, tmp_path_factory):
    folder = tmp_path_factory.mktemp("near")
    routes = "".join(f"  /{path}: {{chain: {{remote: \"{original.url}/{path}\"}}}}\n"
                     for path in ORIGINAL)
    (folder / "app.yaml").write_text(f"routes:\n{routes}")
    server = servers.langserved(folder / "app.yaml", folder).start()
    yield server
    server.stop_cleanly()


@pytest.mark.parametrize("path", ORIGINAL)
def test_the_original_as_a_step(original, over_original, path):
    """Through our server the original's answers are as from itself."""
    value = {"input": ORIGINAL[path]}

    def output(server):
        status, text = ask(server, f"/{path}/invoke", value)
        assert status == 200, text
        return json.loads(text)["output"]

    def chunks(server):
        status, text = ask(server, f"/{path}/stream", value)
        assert status == 200, text
        assert events(text)[-1][0] == "end"
        return [line for name, line in events(text) if name == "data"]

    def same_ids(value):
        return json.loads(re.sub(r"run-+<id>(-\d)?", "<id>", json.dumps(value)))

    assert same_ids(output(over_original)) == same_ids(output(original))
    assert [same_ids(json.loads(c[6:])) for c in chunks(over_original)] == \
        [same_ids(json.loads(c[6:])) for c in chunks(original)]
