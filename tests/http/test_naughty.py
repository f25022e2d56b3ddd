"""The big list of naughty strings through every field of text, and back unchanged."""

import json
import uuid

import httpx
import pytest
import servers
from raw import Talk, app, ask, is_up, log_lines, one, post, wait_for

CONFIG = app().replace("  /same: {", "  /same: {config_keys: [tags, metadata, run_id], ")


@pytest.fixture(scope="module")
def strings(corpora):
    found = json.loads((corpora / "text" / "blns.json").read_text(encoding="utf-8"))
    assert len(found) > 450
    return [*found, "\r", "\n", "\r\n\r\n", "a\u2028b\u2029c", "\0", "\x1b[31m", "\x85", "data: x\n\n",
            "event: end\r\n\r\n", ": ping", "\ufeff", "\U0010ffff", "\ufffe", "x" * 5000]


@pytest.fixture(scope="module")
def server(launch):
    server = launch(servers.TESTS / "wire" / "app.yaml")
    yield server
    assert is_up(server)
    log_lines(server)  # each is JSON


@pytest.fixture(scope="module")
def plain(launch):
    server = launch(CONFIG)
    yield server
    log_lines(server)


@pytest.fixture
def client():
    with httpx.Client(timeout=20, verify=False) as client:
        yield client


def outputs(client, server, route, inputs):
    """The output of each input: one by one, and as one batch."""
    found = []
    for value in inputs:
        answer = client.post(f"{server.url}{route}/invoke", json={"input": value})
        assert answer.status_code == 200, (value, answer.text)
        found.append(answer.json()["output"])
    answer = client.post(f"{server.url}{route}/batch", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"] == found
    return found


def test_as_value(server, client, strings):
    inputs = [{"value": text, "deep": [[{"x": text}]]} for text in strings]
    for given, output in zip(inputs, outputs(client, server, "/parallel", inputs)):
        assert output == {"a": given, "b": {"seen": given}}


def test_as_key(server, client, strings):
    inputs = [{text: text} for text in strings if "\0" not in text]
    for given, output in zip(inputs, outputs(client, server, "/parallel", inputs)):
        assert output["a"] == given
    answer = client.post(f"{server.url}/parallel/invoke", json={"input": {"a\0b": 1}})
    assert answer.status_code == 422


def test_in_prompts(server, client, strings):
    """Text put into a template is no template."""
    inputs = [{"role": text, "question": text} for text in strings]
    for text, output in zip(strings, outputs(client, server, "/prompt_simple", inputs)):
        system, human = [message["content"] for message in output["messages"]]
        assert system == f"You are a {text}." and human == text


def test_to_a_model(server, client, strings):
    inputs = [{"language": text, "text": text} for text in strings]
    assert set(outputs(client, server, "/translate", inputs)) == {"Bonjour, comment allez-vous?"}


def test_echoed_by_a_model(plain, client, strings):
    inputs = [{"text": text} for text in strings]
    assert outputs(client, plain, "/big", inputs) == strings


def sse_events(text):
    """(event, data) as a browser would cut them."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        fields = [line.partition(": ")[::2] for line in block.split("\n") if line]
        if fields and not block.startswith(":"):
            yield (dict(fields).get("event"),
                   "\n".join(value for name, value in fields if name == "data"))


def streamed(client, url, value):
    answer = client.post(url, json={"input": value})
    assert answer.status_code == 200
    # a server-sent event is cut at CR and LF alone, whatever the text holds
    events = list(sse_events(answer.content.decode()))
    assert events[0][0] == "metadata" and events[-1] == ("end", ""), events
    assert {name for name, _ in events[1:-1]} <= {"data"}
    return [json.loads(data) for _, data in events[1:-1]]


def test_streamed(plain, client, strings):
    """Chunks come back unbroken: no text can pretend to be an event."""
    for text in strings:
        assert streamed(client, f"{plain.url}/same/stream", text) == [text]
        if "\0" not in text:
            assert "".join(streamed(client, f"{plain.url}/big/stream", {"text": text})) == text


def test_nul_streamed_by_words(plain):
    """A NUL is a character like others; it must not make a stream that never ends."""
    with Talk(plain.port) as talk:
        talk.send_raw(post("/big/stream", {"input": {"text": "a b\0c \0 d"}}))
        received = b""
        while b"event: end" not in received and len(received) < 100_000:
            received += talk.file.read1(65536)
    assert b"event: end" in received


def test_in_config(plain, client, strings):
    for text in strings:
        for config in ({"tags": [text]}, {"metadata": {"k": text}}, {"tags": text}, {"unknown": text},
                       {"configurable": {"k": text}}, {"max_concurrency": text}):
            answer = client.post(f"{plain.url}/same/invoke", json={"input": 1, "config": config})
            assert answer.status_code == (422 if config.get("tags") == text else 200), config
        answer = client.post(f"{plain.url}/same/invoke",
                             json={"input": 1, "config": {"run_id": text}})
        assert answer.status_code == 422, text


def as_field(text):
    """The string as bytes of a header value, and whether such may stand there."""
    raw = text.encode("utf-8", "surrogatepass")
    return raw, all(c >= 0x20 and c != 0x7f or c == 9 for c in raw)


@pytest.mark.parametrize("name", ["X-Request-ID", "User-Agent", "Cookie", "Content-Type", "Accept",
                                  "X-Forwarded-For", "Origin", "Authorization"])
def test_in_headers(server, strings, name):
    """Fit or not, each is answered, and each answer has one line of log, which is JSON."""
    sent = [raw for raw, fits in map(as_field, strings) if fits]
    before = len(log_lines(server, "request"))
    with Talk(server.port) as talk:
        for raw in sent:
            talk.send_raw(b"GET /health HTTP/1.1\r\nHost: h\r\n%s: %s\r\n\r\n" % (name.encode(), raw))
            answer = talk.read()
            assert answer.status == 200, raw
            given = answer.headers["x-request-id"]
            assert name == "X-Request-ID" and given == raw.decode() or uuid.UUID(given)
    unfit = [raw for raw, fits in map(as_field, strings) if not fits]
    wanted = before + len(sent)
    for raw in unfit:  # a string that ends the head begins another request
        answers = ask(server.port, b"GET /health HTTP/1.1\r\nHost: h\r\n%s: %s\r\n\r\n" %
                      (name.encode(), raw))
        assert [answer.status for answer in answers] in ([400], [200, 400]), raw
        wanted += len(answers)
    wait_for(lambda: len(log_lines(server, "request")) >= wanted)
    assert len(log_lines(server, "request")) == wanted


def test_in_paths_and_queries(server, client, strings):
    """Escaped they mean nothing (404); as they are, most are refused.  Never a 5xx."""
    for text in strings:
        escaped = "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))[:3000]
        answer = client.get(f"{server.url}/x{escaped}")
        assert answer.status_code in (400, 404), text
        answer = client.get(f"{server.url}/health?x={escaped}&{escaped}")
        assert answer.status_code == 200, text
        raw = as_field(text)[0].replace(b"\r", b"").replace(b"\n", b"")
        answer = one(server.port, b"GET /health?" + raw + b" HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer.status in (200, 400, 505), text


def test_bodies_that_are_no_json(server, strings):
    with Talk(server.port) as talk:
        for text in strings:
            talk.send_raw(post("/parallel/invoke", text.encode("utf-8", "surrogatepass")))
            assert talk.read().status == 422, text
