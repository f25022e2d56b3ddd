"""examples/enterprise-translation, in YAML and in C, asked what its README says."""

import collections
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest
import servers
import yaml
from raw import children
from ports import free_port

import redis_server

sys.path.insert(0, str(servers.TESTS / "stub"))
from openai_stub import OpenAIStub  # noqa: E402

FOLDER = servers.REPO / "examples/enterprise-translation"
KEY = {"X-API-Key": "demo_key_12345"}
ASKED = {"text": "你好", "target_lang": "法语"}
FRENCH = "Bonjour, comment allez-vous ?"
PATIENCE = 60  # seconds; for what hangs

Answer = collections.namedtuple("Answer", "status headers text")


def c_program(folder, env):
    tools = pathlib.Path(os.environ.get("LANGSERVED_TOOLS") or servers.REPO / "build-asan")
    command = [tools / "example_enterprise", "127.0.0.1", free_port()]
    return servers.Server(command, folder, "/health", env)


def yaml_file(folder, env):
    return servers.langserved(FOLDER / "app.yaml", folder, "--workers", "4", env=env)


MAKERS = {"yaml": yaml_file, "c": c_program}


@contextlib.contextmanager
def running(kind, folder, **env):
    folder.mkdir(parents=True, exist_ok=True)
    empty = {"OPENAI_API_KEY": "", "REDIS_URL": "", "TRANSLATE_KEY": ""}
    server = MAKERS[kind](folder, {**empty, **env})
    server.command = ["env", "-C", folder, *server.command]  # where the store's file is made
    server.start()
    try:
        yield server
        server.stop_cleanly()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def shared_redis(tmp_path_factory):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    server = redis_server.Redis(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module", params=MAKERS)
def app(request, tmp_path_factory, shared_redis):
    """Either app, with an empty Redis."""
    shared_redis.command("FLUSHALL")
    with running(request.param, tmp_path_factory.mktemp(request.param),
                 REDIS_URL=shared_redis.url) as server:
        server.redis = shared_redis
        yield server


def ask(server, path="/translate", body=None, method=None, headers=KEY):
    """One request on a connection of its own, so that any worker may have it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    data = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method or ("POST" if data else "GET"), path, data,
                           {**({"Content-Type": "application/json"} if data else {}), **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def translate(server, headers=KEY, **asked):
    answer = ask(server, body=asked, headers=headers)
    assert answer.status == 200, answer
    return json.loads(answer.text)


def translate_anew(server, **asked):
    """What no one has asked yet; back when it is kept, which happens behind the answer."""
    size = stats(server)["cache_size"]
    made = translate(server, **asked)
    assert not made["cached"]
    deadline = time.monotonic() + PATIENCE
    while stats(server)["cache_size"] == size:
        assert time.monotonic() < deadline, server.log_tail()
    return made


def stats(server):
    answer = ask(server, "/stats", headers={})
    assert answer.status == 200
    return json.loads(answer.text)


def metric(server, name, **labels):
    """The value of a series, 0 when it is not there."""
    text = ask(server, "/metrics", headers={}).text
    shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
    line = re.search(rf"^{name}{re.escape('{' + shown + '}') if labels else ''} (\S+)$", text, re.M)
    return float(line.group(1)) if line else 0


def test_a_translation_is_made_and_kept(app):
    answer = ask(app, body={**ASKED, "text": "晚上好"})
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert re.fullmatch(r"[\w-]{8,64}", answer.headers["x-request-id"])
    made = {"translated_text": FRENCH, "source_lang": "auto", "target_lang": "法语", "cached": False}
    assert json.loads(answer.text) == made
    assert list(json.loads(answer.text)) == list(made)
    assert translate_anew(app, **ASKED) == made
    for _ in range(8):
        again = ask(app, body=ASKED)
        assert (again.status, json.loads(again.text)) == (200, {**made, "cached": True})
    kept = app.redis.command("KEYS", "translate:cache:*").split()
    assert kept
    for key in kept:
        assert 3500 < int(app.redis.command("TTL", key)) <= 3600


def test_what_is_the_same_question(app):
    text = "早上好"
    translate_anew(app, text=text, target_lang="法语")
    assert translate(app, text=f"  {text}\n", target_lang="法语", source_lang="auto")["cached"]
    assert not translate(app, text=text, target_lang="日语")["cached"]
    other = translate(app, text=text, target_lang="法语", source_lang="中文")
    assert other["source_lang"] == "中文" and not other["cached"]


@pytest.mark.parametrize("asked, kind, where", [
    ({**ASKED, "text": "字" * 5001}, "string_too_long", "text"),
    ({**ASKED, "text": " \n"}, "string_too_short", "text"),
    ({**ASKED, "text": 5}, "string_type", "text"),
    ({"text": "你好"}, "missing", "target_lang"),
    ({"target_lang": "法语"}, "missing", "text"),
])
def test_requests_without_the_form_are_refused(app, asked, kind, where):
    answer = ask(app, body=asked)
    assert answer.status == 422
    mistake, = json.loads(answer.text)["detail"]
    assert (mistake["type"], mistake["loc"]) == (kind, ["body", where])


def test_the_longest_text(app):
    assert translate(app, text="字" * 5000, target_lang="法语")["translated_text"] == FRENCH


def test_keys(app):
    answer = ask(app, body=ASKED, headers={})
    missing, = json.loads(answer.text)["detail"]
    assert answer.status == 422 and missing["type"] == "missing"
    assert [word.lower() for word in missing["loc"]] == ["header", "x-api-key"]
    for wrong in ({"X-API-Key": "demo_key"}, {"X-API-Key": "demo_key_123456"},
                  {"Authorization": "Bearer nobody"}):
        answer = ask(app, body=ASKED, headers=wrong)
        assert (answer.status, json.loads(answer.text)) == (403, {"detail": "Invalid API key"})
    assert translate(app, headers={"Authorization": "Bearer demo_key_12345"}, **ASKED)
    for path in ("/health", "/ready", "/stats", "/metrics"):
        assert ask(app, path, headers={}).status == 200


def test_a_key_of_the_store(app):
    def keys(*words):
        done = subprocess.run(
            [servers.langserved_binary(), "keys", *words, FOLDER / "app.yaml"], text=True,
            capture_output=True, env={**os.environ, "REDIS_URL": app.redis.url}, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return {"X-API-Key": done.stdout.strip()}

    def wait_for(status, headers):
        for _ in range(PATIENCE * 10):
            if ask(app, body=ASKED, headers=headers).status == status:
                return
        raise AssertionError(f"no {status}")

    key = keys("add", "bob", "--expires", "90d")
    wait_for(200, key)
    keys("revoke", "bob")
    wait_for(403, key)


def test_health(app):
    told = json.loads(ask(app, "/health", headers={}).text)
    assert told["status"] == "healthy" and told["timestamp"] > 1e9
    assert json.loads(ask(app, "/ready", headers={}).text) == {"status": "ready"}


def test_stats(app):
    before = stats(app)
    translate_anew(app, text="一", target_lang="统计")
    translate_anew(app, text="二", target_lang="统计")
    for _ in range(2):
        assert translate(app, text="一", target_lang="统计")["cached"]
    assert stats(app) == {"cache_size": int(app.redis.command("DBSIZE")),
                          "cache_hits": before["cache_hits"] + 2,
                          "cache_misses": before["cache_misses"] + 2}
    assert stats(app)["cache_size"] == before["cache_size"] + 2


def test_metrics(app):
    series = {"handler": "/translate", "method": "POST"}
    served = [metric(app, "http_requests_total", **series, status=s) for s in ("2xx", "4xx")]
    timed = metric(app, "http_request_duration_seconds_count", **series)
    translate_anew(app, text="一", target_lang="metrics")
    translate_anew(app, text="二", target_lang="metrics")
    translate(app, text="一", target_lang="metrics")
    assert ask(app, body=ASKED, headers={}).status == 422
    assert [metric(app, "http_requests_total", **series, status=s) for s in ("2xx", "4xx")] == [
        served[0] + 3, served[1] + 1]
    assert metric(app, "http_request_duration_seconds_count", **series) == timed + 4
    assert metric(app, "translations_total", target_lang="metrics") == 2
    assert metric(app, "langserved_workers") == 4


def test_pages_of_other_origins(app):
    origin = {"Origin": "https://example.com"}
    answer = ask(app, method="OPTIONS", headers={
        **origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-API-Key, Content-Type"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "x-api-key" in answer.headers["access-control-allow-headers"].lower()
    for headers, status in ((KEY, 200), ({"X-API-Key": "wrong"}, 403), ({}, 422)):
        answer = ask(app, body=ASKED, headers={**origin, **headers})
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "*"


def test_the_log_is_clean(app):
    secret = "绝密的文字"
    translate_anew(app, text=secret, target_lang="法语")
    request_id = ask(app, body={**ASKED, "text": secret}).headers["x-request-id"]
    wrong = ask(app, body=ASKED, headers={"X-API-Key": "canary-of-a-key"})
    assert wrong.status == 403
    lines = [json.loads(line) for line in app.log().splitlines() if line.startswith("{")]
    line, = [line for line in lines if line.get("request_id") == request_id]
    assert (line["event"], line["path"], line["status"], line["cache"], line["caller"]) == (
        "request", "/translate", 200, "hit", "demo")
    assert {line.get("cache") for line in lines} >= {"hit", "miss"}
    for text in (secret, secret.encode().decode("latin-1"), "canary-of-a-key", "demo_key_12345"):
        assert text not in app.log()
        assert json.dumps(text)[1:-1] not in app.log()


def test_both_describe_themselves_the_same(tmp_path):
    told = []
    for kind in MAKERS:
        with running(kind, tmp_path / kind) as server:
            told.append(json.loads(ask(server, "/openapi.json", headers={}).text))
    assert told[0] == told[1]
    assert told[0]["info"] == {"title": "企业翻译 API", "version": "2.0.0",
                               "description": "高性能、可扩展的翻译服务"}
    assert {"TranslateRequest", "TranslateResponse"} <= set(told[0]["components"]["schemas"])


@pytest.mark.parametrize("kind", MAKERS)
def test_without_redis(kind, tmp_path):
    with running(kind, tmp_path / kind) as server:
        translate_anew(server, **ASKED)
        assert [translate(server, **ASKED)["cached"] for _ in range(2)] == [True, True]
        assert stats(server) == {"cache_size": 1, "cache_hits": 2, "cache_misses": 1}
    assert (tmp_path / kind / ".langserved/store.db").exists()


@pytest.mark.parametrize("kind", MAKERS)
def test_redis_goes(kind, redis, tmp_path):
    with running(kind, tmp_path / kind, REDIS_URL=redis.url) as server:
        translate_anew(server, **ASKED)
        assert translate(server, **ASKED)["cached"]
        redis.kill()
        for _ in range(8):
            assert translate(server, **ASKED)["translated_text"] == FRENCH
        assert stats(server)["cache_size"] is None
        assert ask(server, "/health", headers={}).status == 200


@pytest.mark.parametrize("kind", MAKERS)
def test_the_model_is_asked_what_the_prompt_says(kind, tmp_path):
    with OpenAIStub() as stub, running(kind, tmp_path / kind, TRANSLATE_MODEL="gpt",
                                       OPENAI_API_KEY="sk-x", OPENAI_BASE_URL=stub.base_url
                                       ) as server:
        stub.script({"reply": "Bonjour"}, {"fault": "status", "status": 400})
        assert translate(server, source_lang="中文", **ASKED)["translated_text"] == "Bonjour"
        sent = stub.requests()[-1]["json"]
        assert (sent["model"], sent["temperature"]) == ("gpt-3.5-turbo", 0.3)
        assert [message["content"] for message in sent["messages"]] == [
            "将以下中文文本翻译为法语，保持原意和语气：\n\n你好"]
        answer = ask(server, body={**ASKED, "text": "再见"})
        assert answer.status == 502
        assert json.loads(answer.text) == {"detail": "The model provider refused the request"}
        stub.script({"reply": "Au revoir"})
        assert not translate(server, **{**ASKED, "text": "再见"})["cached"]


@pytest.mark.parametrize("kind", MAKERS)
def test_the_processes_keep_their_memory(kind, tmp_path):
    """No core files; and as many files open as the system allows."""
    server = MAKERS[kind](tmp_path, {"REDIS_URL": "", "OPENAI_API_KEY": ""})
    server.command = ["prlimit", "--core=unlimited", *server.command]
    server.start()
    try:
        for pid in (server.process.pid, *children(server)):
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
            core, files = [next(line for line in limits if word in line).split()
                           for word in ("core file", "open files")]
            assert core[4:6] == ["0", "0"] and files[3] == files[4]
        server.stop_cleanly()
    finally:
        server.kill()


def test_what_is_deployed():
    """The compose file starts what it names, with files that are there and that Prometheus takes."""
    compose = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())
    assert set(compose["services"]) == {"app", "redis", "prometheus", "grafana"}
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (FOLDER / source).is_file(), source
    app = compose["services"]["app"]
    assert app["deploy"]["replicas"] == 3 and app["ports"] == ["8000-8002:8000"]
    assert (FOLDER / app["build"]["context"] / app["build"]["dockerfile"]).is_file()
    text = (FOLDER / "app.yaml").read_text()
    for name in set(app["environment"]) - {"OPENAI_API_KEY"}:
        assert "${" + name in text, name
    copied = re.findall(r"^COPY (examples/\S+)", (FOLDER / "Dockerfile").read_text(), re.M)
    assert copied and all((servers.REPO / path).is_file() for path in copied)


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_prometheus_takes_its_configuration(tmp_path):
    shutil.copy(FOLDER / "prometheus.yml", tmp_path)
    shutil.copy(servers.REPO / "deploy/prometheus/alerts.yml", tmp_path)
    done = subprocess.run(["promtool", "check", "config", tmp_path / "prometheus.yml"], text=True,
                          capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
