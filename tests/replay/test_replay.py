"""What a provider did is recorded, and done again without it: answers, streams, failures, retries."""

import concurrent.futures
import json
import os
import re
import socket
import subprocess
import sys

import pytest
import servers
from anthropic_stub import AnthropicStub
from ollama_stub import OllamaStub
from openai_rig import Rig, post, wait_until
from openai_stub import OpenAIStub
from ports import free_port

KEY = "sk-canary-0123456789abcdef"
SHORT = {"max_retries": 1, "timeout": "10s", "first_byte_timeout": "2s", "idle_timeout": "1s"}
WEATHER = {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}

# Each provider's stub, and a model.
DIALECTS = {
    "openai": (OpenAIStub, "gpt-4o-mini"),
    "openai-completion": (OpenAIStub, "gpt-3.5-turbo-instruct"),
    "anthropic": (AnthropicStub, "claude-sonnet-4-5"),
    "ollama": (OllamaStub, "llama3.2"),
}

# The steps of a stub; a request takes one, and a further one for each retry.
SCRIPTS = {
    "plain": [{}],
    "long": [{"reply": "很长 🦜 " * 2000}],
    "slow": [{"fault": "slow", "delay_ms": 10}],
    "cut_letters": [{"fault": "split_utf8"}],
    "one_byte": [{"fault": "one_byte", "reply": "Grüße"}],
    "burst": [{"fault": "burst"}],
    "limited_once": [{"fault": "status", "status": 429, "retry_after_ms": 20}, {}],
    "failed_once": [{"fault": "status", "status": 500, "retry_after_ms": 20}, {}],
    "failed_twice": [{"fault": "status", "status": 503, "retry_after_ms": 20}] * 2,
    "refused": [{"fault": "status", "status": 400, "message": "no such thing"}],
    "wrong_key": [{"fault": "status", "status": 401, "message": f"Incorrect key: {KEY}"}],
    "page": [{"fault": "html_page"}],
    "reset": [{"fault": "reset_before_headers"}, {}],
    "cut": [{"fault": "close_mid_stream"}] * 2,
    "reset_later": [{"fault": "reset_mid_stream"}] * 2,
    "error_in_stream": [{"fault": "error_mid_stream"}] * 2,
    "garbage": [{"fault": "garbage_json"}] * 2,
    "no_letters": [{"fault": "invalid_utf8"}] * 2,
    "silent": [{"fault": "stall_mid_stream"}] * 2,
}
CALLS = {"fault": "tool_calls"}  # of those that have tools


def model_of(dialect, stub_url, **options):
    return {"provider": dialect, "base_url": stub_url, "api_key": KEY,
            "model": DIALECTS[dialect][1], **SHORT, **options}


def app_of(model, routes=None, **server):
    return json.dumps({
        "server": {"errors": "json", "upstream_errors": "tell", **server},
        "models": {"m": model},
        "routes": routes or {"/ask": {"chain": "m"}, "/calls": {
            "chain": {"model": "m", "bind": {"tools": [WEATHER]}}}}})


def masked(text):
    """Without the ids that every run has of its own."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=request_id\":\")[^\"]*", "<id>", text)


def answers(rig, dialect, script=None):
    """What the server says to everything that is asked here; `script(name)` readies the stub."""
    told = {}
    for endpoint in ("invoke", "stream"):
        for name in SCRIPTS:
            if script:
                script(SCRIPTS[name])
            answer = post(rig.server.port, f"/ask/{endpoint}", {"input": f"{endpoint}: {name}"})
            told[endpoint, name] = answer.status, masked(answer.body.decode())
        if dialect in ("openai", "anthropic", "ollama"):
            if script:
                script([CALLS])
            answer = post(rig.server.port, f"/calls/{endpoint}", {"input": f"{endpoint}: calls"})
            told[endpoint, "calls"] = answer.status, masked(answer.body.decode())
    return told


@pytest.fixture(scope="module", params=DIALECTS)
def recorded(request, launch, tmp_path_factory):
    """(dialect, file, what was answered, how many requests the stub had); the stub has stopped."""
    dialect, file = request.param, tmp_path_factory.mktemp("tape") / "tape.jsonl"
    with DIALECTS[dialect][0](api_key=KEY) as stub:
        model = model_of(dialect, stub.base_url, record=str(file))
        rig = Rig(stub, launch(app_of(model)))
        told = answers(rig, dialect, lambda steps: stub.script(*steps))
        rig.server.stop_cleanly()
        count = len(stub.requests())
    return dialect, file, told, count


def nobody():
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{free_port()}/other/v7"


def test_what_was_recorded_is_played(recorded, launch):
    dialect, file, told, _ = recorded
    model = model_of(dialect, nobody(), replay=str(file))
    again = answers(Rig(None, launch(app_of(model))), dialect)
    for what, answer in told.items():
        assert again[what] == answer, what
    assert [again["invoke", name][0] for name in ("plain", "limited_once", "failed_once")] == [200] * 3
    assert again["invoke", "refused"][0] == 502
    assert json.loads(again["invoke", "cut"][1])["code"] == "upstream_error"


def test_no_key_is_needed_to_play(recorded, serve):
    dialect, file, told, _ = recorded
    model = {"provider": dialect, "model": DIALECTS[dialect][1], **SHORT, "replay": str(file)}
    silent = {name: "" for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY")}
    server = serve(app_of(model), env=silent)
    answer = post(server.port, "/ask/invoke", {"input": "invoke: plain"})
    assert (answer.status, masked(answer.body.decode())) == told["invoke", "plain"]


def test_the_file_has_a_line_for_each_exchange_and_no_key(recorded):
    dialect, file, _, count = recorded
    text = file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert 2 * len(SCRIPTS) < len(lines) <= count  # libcurl may try a dead connection once more
    assert KEY not in text and "canary" not in text and "uthorization" not in text
    assert file.stat().st_mode & 0o777 == 0o600
    for line in lines:
        assert line["method"] == "POST" and line["body"]["model"] == DIALECTS[dialect][1]
        times = [line.get("head_ms", 0), *(ms for ms, _ in line["chunks"]), line["end_ms"]]
        assert times == sorted(times)
    codes = {line["error"]["code"] for line in lines if "error" in line}
    assert codes >= {"upstream_error", "upstream_timeout"}
    assert {200, 400, 401, 429, 500, 503} <= {line.get("status") for line in lines}
    assert any(isinstance(data, dict) for line in lines for _, data in line["chunks"])


def test_a_request_that_was_not_recorded(recorded, launch):
    dialect, file, _, _ = recorded
    rig = Rig(None, launch(app_of(model_of(dialect, nobody(), replay=str(file)))))
    assert rig.invoke("/ask", "something else")[0] == 502
    line = rig.wait_logged("run_failed")[-1]
    assert line["error"] == "upstream_refused"
    for part in (str(file), "holds no answer to POST /", "something else"):
        assert part in line["message"], line
    assert rig.stream("/ask", "字" * 1000).error["status_code"] == 502
    assert "字字…" in rig.wait_logged("run_failed", 2)[-1]["message"]


def stopped(rig, value):
    """The value, once the server that records has stopped: then all is in its file."""
    rig.server.stop_cleanly()
    return value


# ---- one dialect is enough for the rest ----

@pytest.fixture
def stub():
    with OpenAIStub() as own:
        yield own


@pytest.fixture
def tape(tmp_path):
    return tmp_path / "tape.jsonl"


def recorder(stub, tape, **options):
    return model_of("openai", stub.base_url, record=str(tape), **options)


def player(tape, **options):
    return model_of("openai", nobody(), replay=str(tape), **options)


def test_equal_requests_are_answered_in_their_order(stub, tape, serve):
    stub.script(*({"reply": text} for text in ("one", "two", "three")))
    rig = Rig(stub, serve(app_of(recorder(stub, tape))))
    said = stopped(rig, [rig.output("/ask")["content"] for _ in range(3)])
    assert said == ["one", "two", "three"]
    rig = Rig(None, serve(app_of(player(tape))))
    assert [rig.output("/ask")["content"] for _ in range(5)] == [*said, "three", "three"]


def test_models_that_share_a_file_go_on_together(stub, tape, serve):
    """A model that fails, and the one that steps in, are asked the same."""
    routes = {"/ask": {"chain": {"model": "m", "fallbacks": ["other"]}}}

    def app(model):
        app = json.loads(app_of({**model, "max_retries": 0}, routes))
        return json.dumps({**app, "models": {**app["models"], "other": app["models"]["m"]}})

    stub.script({"fault": "status", "status": 500}, {"reply": "I step in"})
    rig = Rig(stub, serve(app(recorder(stub, tape))))
    said = stopped(rig, rig.output("/ask")["content"])
    assert said == "I step in"
    assert Rig(None, serve(app(player(tape)))).output("/ask")["content"] == said


def test_settings_of_a_run_play_the_same_tape(stub, tape, serve):
    routes = {"/ask": {"chain": {"model": "m", "configurable": {"fields": {"temperature": {}}}}}}

    def ask(server, temperature):
        config = {"configurable": {"temperature": temperature}}
        answer = post(server.port, "/ask/invoke", {"input": "hi", "config": config})
        assert answer.status == 200, answer.text
        return json.loads(answer.body)["output"]["content"]

    def app(model):
        file = json.loads(app_of(model, routes))
        file["routes"]["/ask"]["chain"]["model"] = file["models"].pop("m")
        return json.dumps(file)

    stub.script(*({"reply": text} for text in "abc"))
    server = serve(app(recorder(stub, tape)))
    assert [ask(server, t) for t in (0.5, 0.5, 1)] == ["a", "b", "c"]
    server.stop_cleanly()
    server = serve(app(player(tape)))
    assert [ask(server, t) for t in (1, 0.5, 0.5, 0.5)] == ["c", "a", "b", "b"]


def test_a_stream_takes_its_time_again(stub, tape, serve):
    stub.script({"fault": "slow", "delay_ms": 40, "pieces": list("abcdef")})
    rig = Rig(stub, serve(app_of(recorder(stub, tape))))
    chunks = stopped(rig, rig.stream("/ask").chunks)
    rig = Rig(None, serve(app_of(player(tape, replay_timing=True))))
    stream = rig.stream("/ask")
    assert [chunk["content"] for chunk in stream.chunks] == [chunk["content"] for chunk in chunks]
    took = json.loads(tape.read_text())["end_ms"]
    wait_until(lambda: any(line["path"] == "/ask/stream" for line in rig.logged("request")))
    line = rig.logged("request")[-1]
    assert line["ms"] > took - 5 and took > 200  # two clocks in whole milliseconds


def test_workers_write_whole_lines(stub, tape, serve):
    server = serve(app_of(recorder(stub, tape)), "--workers", "4")
    stub.default(echo=True)

    def ask(server, i):
        answer = post(server.port, "/ask/invoke", {"input": f"{i} " + "x" * 5000})
        assert answer.status == 200
        return json.loads(answer.body)["output"]["content"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda i: ask(server, i), range(60)))
    server.stop_cleanly()
    lines = [json.loads(line) for line in tape.read_text().splitlines()]
    assert len(lines) == 60 and len({line["body"]["messages"][0]["content"] for line in lines}) == 60
    server = serve(app_of(player(tape)), "--workers", "4")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda i: ask(server, i), range(60))) == said


def test_what_a_client_gave_up_is_not_recorded(stub, tape, serve):
    rig = Rig(stub, serve(app_of(recorder(stub, tape))))
    stub.script({"fault": "endless_events", "delay_ms": 5}, {})
    with rig.open("/ask/stream", {"input": "endless"}):
        stub.wait_for(lambda requests: requests and requests[0]["events_sent"] > 3)
    stub.wait_for(lambda requests: requests[0]["hung_up"])
    stopped(rig, rig.output("/ask", "hello"))
    line, = tape.read_text().splitlines()
    assert "hello" in line and "endless" not in line


def test_a_file_that_cannot_be_written_later(stub, tmp_path, serve):
    folder = tmp_path / "folder"
    folder.mkdir()
    rig = Rig(stub, serve(app_of(recorder(stub, folder / "tape.jsonl"))))
    folder.rmdir()
    assert rig.output("/ask")["content"]
    line = rig.wait_logged("record_failed")[0]
    assert str(folder) in line["message"] and "No such file" in line["message"]
    assert rig.output("/ask")["content"]
    folder.mkdir()
    assert rig.output("/ask")["content"]
    rig.wait_logged("record_back")
    assert len(rig.logged("record_failed")) == 1
    rig.server.stop_cleanly()
    # the second may have been written only when the folder was there again
    assert len((folder / "tape.jsonl").read_text().splitlines()) in (1, 2)


def test_without_a_name_nothing_is_recorded_or_played(stub, serve):
    rig = Rig(stub, serve(app_of(model_of("openai", stub.base_url, record="", replay=""))))
    assert rig.output("/ask")["content"] and len(stub.requests()) == 1


def test_a_chain_from_the_shell(stub, tape, tmp_path):
    """`langserved invoke` of an app's chain, recorded and played; the path is the file's folder's."""
    def run(model):
        (tmp_path / "app.yaml").write_text(app_of({**model, "api_key": KEY}))
        done = subprocess.run([servers.langserved_binary(), "invoke", tmp_path / "app.yaml", "m",
                               '"hello"'], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["content"]

    stub.script({"reply": "once"})
    assert run(model_of("openai", stub.base_url, record="tape.jsonl")) == "once"
    assert run(model_of("openai", nobody(), replay="tape.jsonl")) == "once"


def test_a_replayed_model_is_ready(tape, serve, stub):
    rig = Rig(stub, serve(app_of(recorder(stub, tape))))
    stopped(rig, rig.output("/ask"))
    server = serve(app_of(player(tape), ready={"models": ["m"]}))
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 200 " in connection.makefile("rb").readline()


@pytest.mark.parametrize("options, told", [
    ({"replay": "missing.jsonl"}, "replay: {folder}/missing.jsonl: No such file or directory"),
    ({"replay": "torn.jsonl"}, "replay: {folder}/torn.jsonl: line 2: "),
    ({"replay": "."}, "it is no regular file"),
    ({"record": "."}, "record: {folder}/. cannot be written: it is no regular file"),
    ({"record": "none/tape.jsonl"}, "cannot be written: No such file or directory"),
    ({"record": "a.jsonl", "replay": "good.jsonl"}, "what is replayed is not recorded"),
])
def test_mistakes_are_told_by_check(options, told, tmp_path):
    good = ('{"method":"POST","path":"/chat/completions","body":{},"status":200,"headers":{},'
            '"head_ms":1,"chunks":[],"end_ms":1}\n')
    (tmp_path / "good.jsonl").write_text(good)
    (tmp_path / "torn.jsonl").write_text(good + good[:40] + "\n" + good)
    (tmp_path / "app.yaml").write_text(app_of(model_of("openai", nobody(), **options)))
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode == 2, done.stderr
    assert told.format(folder=tmp_path) in done.stderr
    assert not (tmp_path / "a.jsonl").exists()


def test_the_page_shows_how(tmp_path, serve):
    """docs/testing.md: its app, recorded, and its tests, which pass without the provider."""
    page = (servers.REPO / "docs/testing.md").read_text()
    app, tests = (re.search(rf"^```{name}\n(.*?)^```$", page, re.M | re.S).group(1)
                  for name in ("yaml", "python"))
    (tmp_path / "app.yaml").write_text(app)
    (tmp_path / "test_page.py").write_text(tests)
    (tmp_path / "tests").mkdir()
    tape = tmp_path / "tests/translate.jsonl"
    asked = {"input": {"language": "French", "text": "Good morning"}}
    with OpenAIStub() as stub:
        stub.default(reply="Bonjour")
        server = serve(tmp_path / "app.yaml", env={
            "RECORD": str(tape), "OPENAI_BASE_URL": stub.base_url, "OPENAI_API_KEY": KEY})
        for endpoint in ("invoke", "stream"):
            assert post(server.port, f"/translate/{endpoint}", asked).status == 200
        server.stop_cleanly()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**{k: v for k, v in os.environ.items() if not k.startswith(("OPENAI", "PYTEST"))},
             "OPENAI_BASE_URL": stub.base_url,  # where nobody listens any more
             "PATH": f"{servers.langserved_binary().parent}:{os.environ['PATH']}"})
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr
