"""Histories and feedback in Redis: what is kept by one server is there for all."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import servers
from langserve import RemoteRunnable
from redis_faults import Parrot
from store_talk import ask

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

APP = """
store: {url: "%s", timeout: 300ms, connect_timeout: 300ms}
chains:
  shows: {parallel: {past: {pick: past}, output: {pick: asked}}}
routes:
  /shows:
    chain: {chain: shows, history: {input: asked, history: past, window: 4}}
    input: {}
    feedback: true
  /all: {chain: {chain: shows, history: {input: asked, history: past, window: 1000, space: all}}, input: {}}
  /short: {chain: {chain: shows, history: {input: asked, history: past, ttl: 300ms, space: s}}, input: {}}
"""


def past(server, path, text, session="s"):
    status, output = ask(server, path, text, session)
    assert status == 200, output
    return [(m["type"], m["content"]) for m in output["past"]]


def test_a_conversation_over_two_servers(serve, redis):
    app = APP % redis.url
    first, second = serve(app, "--workers", "2"), serve(app)
    assert past(first, "/shows", "one") == []
    assert past(second, "/shows", "two") == [("human", "one"), ("ai", "one")]
    assert past(first, "/shows", "three")[2:] == [("human", "two"), ("ai", "two")]
    assert past(second, "/shows", "four") == [("human", "two"), ("ai", "two"), ("human", "three"),
                                              ("ai", "three")]
    assert past(first, "/shows", "one", session="other") == []
    chat = RemoteRunnable(first.url + "/shows", timeout=60, verify=False)
    got = chat.invoke({"asked": "five"}, config={"configurable": {"session_id": "s"}})
    assert [m.content for m in got["past"]] == ["three", "three", "four", "four"]


def test_nothing_is_lost_when_many_speak_at_once(serve, redis):
    app = APP % redis.url
    talkers = [serve(app, "--workers", "2"), serve(app)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda i: ask(talkers[i % 2], "/all", f"{i}"), range(120)))
    assert {status for status, _ in answers} == {200}
    contents = [content for _, content in past(talkers[0], "/all", "?")]
    assert sorted(contents[0::2], key=int) == [str(i) for i in range(120)]
    assert contents[0::2] == contents[1::2]


def test_a_conversation_is_forgotten(serve, redis):
    server = serve(APP % redis.url)
    past(server, "/short", "one")
    assert len(past(server, "/short", "two")) == 2
    time.sleep(0.5)
    assert past(server, "/short", "three") == []


def test_redis_gone_is_a_503_that_passes(serve, redis):
    server = serve(APP % redis.url)
    past(server, "/shows", "one")
    redis.kill()
    for _ in range(3):
        assert ask(server, "/shows", "x") == (503, {"detail": "The store is not available"})
    redis.start()
    for _ in range(500):
        status, output = ask(server, "/shows", "two")
        if status == 200:
            break
        time.sleep(0.02)
    assert output["past"] == []  # this Redis keeps nothing over its end
    assert server.log().count("store_failed") == server.log().count("store_back") == 1


def test_feedback_is_listed(serve, redis, tmp_path):
    server = serve(APP % redis.url)
    runs = [f"{n:08d}-0000-4000-8000-000000000000" for n in (3, 1, 2)]
    for run in runs:
        body = json.dumps({"run_id": run, "key": "good", "score": 1}).encode()
        request = urllib.request.Request(server.url + "/shows/feedback", body,
                                         {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
    (tmp_path / "app.yaml").write_text(APP % redis.url)
    command = [servers.langserved_binary(), "feedback", "list", tmp_path / "app.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["run_id"] for line in done.stdout.splitlines()] == sorted(runs)
    redis.kill()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Redis" in done.stderr


def test_keys_are_kept_in_redis(serve, redis, tmp_path):
    """The store of API keys is whichever the app has."""
    app = tmp_path / "keys.yaml"
    app.write_text(f"store: {{url: '{redis.url}'}}\nauth: {{store: true}}\nroutes: {{/a: passthrough}}\n")

    def keys(*words):
        return subprocess.run([servers.langserved_binary(), "keys", *words], capture_output=True,
                              text=True, timeout=60)

    added = keys("add", "ada", app)
    assert added.returncode == 0, added.stderr
    assert json.loads(keys("list", app).stdout)["name"] == "ada"
    server = serve(app)
    for key, status in ((added.stdout.strip(), 200), ("wrong", 403)):
        request = urllib.request.Request(server.url + "/a/invoke", b'{"input": 1}', {"X-API-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.status == status
        except urllib.error.HTTPError as error:
            assert error.code == status


CANARY = "session-canary-4d2a"
QUOTING = """
server: {log_inputs: %s, log_format: json, log_level: debug}
store: {url: "redis://127.0.0.1:%d", timeout: 1s, connect_timeout: 1s}
routes:
  /says:
    chain: {chain: {pick: asked}, history: {input: asked, history: past}}
    input: {}
    feedback: true
  /kept: {chain: passthrough, cache: {ttl: 1h}}
  /guarded: {chain: passthrough, auth: {store: true}}
"""


def told_of_quotes(serve, shown):
    """The log's lines about a Redis whose every answer quotes what it was asked."""
    said = f"-ERR unknown command 'EVAL', with args beginning with: 'script' '1' '{CANARY}'\r\n"
    parrot = Parrot(said.encode())
    server = serve(QUOTING % (str(shown).lower(), parrot.port))

    def post(path, body):
        request = urllib.request.Request(server.url + path, json.dumps(body).encode(),
                                         {"X-API-Key": "lsk_" + "0" * 64,
                                          "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    told = [post("/kept/invoke", {"input": CANARY}), post("/guarded/invoke", {"input": 1}),
            post("/says/invoke", {"input": {"asked": "x"},
                                  "config": {"configurable": {"session_id": CANARY}}}),
            post("/says/feedback", {"run_id": "00000001-0000-4000-8000-000000000000", "key": "good",
                                    "score": 1, "comment": CANARY})]
    parrot.close()
    assert [status for status, _ in told] == [200, 503, 503, 503]
    assert not [text for _, text in told[1:] if CANARY in text]
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


def test_what_redis_quotes_is_hidden_where_inputs_are(serve):
    for shown in (True, False):
        lines = told_of_quotes(serve, shown)
        telling = {line["event"] for line in lines if CANARY in json.dumps(line)}
        assert telling >= {"store_failed", "keys_unread"} if shown else not telling
        for event in ("store_failed", "keys_unread"):
            assert [line["level"] for line in lines if line["event"] == event] == ["error"]
