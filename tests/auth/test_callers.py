"""Who the caller is: in the config of a run, for the runs that are kept, and nowhere the key."""

import json
import sys

import pytest
import servers
from asking import ANN, BOB, HALF, KEYS, ask, invoke
from langserve import RemoteRunnable
from raw import log_lines

sys.path.insert(0, str(servers.TESTS / "resume"))
from resume_rig import Stream, begin, id_of, only, other, owner  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def key_of(text):
    return {"X-API-Key": text}


@pytest.mark.parametrize("key, user", [(ANN, "ann"), (BOB, "bob"), ("canary-digest-5eed", "digest")])
def test_the_caller_reaches_the_config(server, key, user):
    assert invoke(server, "/who", key).json()["output"] == {"user": user, "may": []}


def test_clients_do_not_say_who_they_are(server):
    lies = {"metadata": {"user": "ann", "may": ["/all"], "mine": 1}}
    assert invoke(server, "/who", BOB, **lies).json()["output"] == {"user": "bob", "may": [],
                                                                    "mine": 1}
    body = {"inputs": [1, 2], "config": [lies, lies]}
    outputs = ask(server, "/who/batch", BOB, body).json()["output"]
    assert [output["user"] for output in outputs] == ["bob", "bob"]
    for twice in ('{"input": 1, "config": {"metadata": {"user": "x"}, "metadata": {"user": "ann"}}}',
                  '{"input": 1, "config": {"metadata": {"user": "ann", "user": "ann"}}}'):
        answer = ask(server, "/who/invoke", BOB, json.loads(twice))
        assert answer.json()["output"]["user"] == "bob"
    for endpoint in ("stream", "stream_log", "stream_events"):
        text = ask(server, f"/who/{endpoint}", BOB, {"input": 1, "config": lies}).body.decode()
        assert '"user":"bob"' in text.replace(" ", "") and '"ann"' not in text


HISTORY = """
store: {path: STORE}
auth: {keys: {ann: "${ANN_KEY}", bob: "${BOB_KEY}"}}
chains:
  shows: {parallel: {past: {pick: past}, output: {pick: asked}}}
routes:
  /talk:
    chain: {chain: shows, history: {input: asked, history: past, session: [user]}}
    input: {}
    config_from: {configurable.user: {caller: name}}
"""


def test_each_caller_has_a_history_of_their_own(launch):
    server = launch(HISTORY)

    def past(key, asked):
        lies = {"configurable": {"user": "ann"}}
        output = invoke(server, "/talk", key, {"asked": asked}, **lies).json()["output"]
        return [message["content"] for message in output["past"] if message["type"] == "human"]

    assert past(ANN, "one") == []
    assert past(BOB, "two") == []
    assert past(ANN, "three") == ["one"]
    assert past(BOB, "four") == ["two"]


def test_pythons_client_sends_its_key(server):
    for headers in (key_of(ANN), {"Authorization": f"Bearer {ANN}"}):
        remote = RemoteRunnable(f"{server.url}/guarded", headers=headers)
        assert remote.invoke("x") == "the guarded value"
        assert remote.batch(["x", "y"]) == ["the guarded value"] * 2
        assert list(remote.stream("x")) == ["the guarded value"]


@pytest.mark.parametrize("place", [only, other], ids=["its worker", "another worker"])
def test_a_run_is_its_callers_alone(server, place):
    with begin(server, "/slow/stream", "one two three four five six", headers=key_of(ANN)) as stream:
        worker = place(server, owner(server, stream))
        first = id_of(stream.events(1)[0])
        for key, status in ((BOB, 404), (HALF, 403), ("wrong", 403), (None, 401)):
            headers = key_of(key) if key else {}
            with Stream(server.port, "GET", f"/slow/runs/{stream.run_id}/events", headers,
                        worker=worker) as other_one:
                assert other_one.status == status
            with Stream(server.port, "POST", f"/slow/runs/{stream.run_id}/cancel", headers,
                        worker=worker) as other_one:
                assert other_one.status == status
            with Stream(server.port, "POST", "/slow/stream", {**headers, "Last-Event-ID": first},
                        {"input": None}, worker=worker) as other_one:
                assert other_one.status == status
        with Stream(server.port, "GET", f"/slow/runs/{stream.run_id}/events", key_of(ANN),
                    worker=worker) as own:
            assert own.status == 200 and b"five" in own.rest()
        with Stream(server.port, "POST", f"/slow/runs/{stream.run_id}/cancel", key_of(ANN),
                    worker=worker) as own:
            assert own.status == 200


def test_no_key_is_anywhere(server):
    """In no answer, log line or file, whatever it was sent to."""
    texts = []
    for key in (ANN, BOB, HALF, "canary-wrong-dead"):
        for endpoint in ("invoke", "stream", "stream_log", "stream_events"):
            for route in ("/who", "/guarded", "/own", "/forbids", "/slow"):
                body = {"input": {"text": "x"}, "config": {"tags": ["t"]}}
                texts.append(ask(server, f"{route}/{endpoint}", key, body).body)
                texts.append(ask(server, f"{route}/{endpoint}", None, body,
                                 headers={"Authorization": f"Bearer {key}"}).body)
    texts += [ask(server, path, ANN).body for path in ("/openapi.json", "/", "/who/config_schema",
                                                       "/guarded/playground/")]
    assert len(log_lines(server, "request")) > 100
    texts.append(server.log().encode())
    texts += [path.read_bytes() for path in server.folder.glob("store.db*")]
    for text in texts:
        assert b"canary" not in text
    assert KEYS  # they were canaries


def test_the_key_is_kept_out_of_configs(tmp_path):
    """By mistake it would be in traces and events."""
    app = tmp_path / "app.yaml"
    for header in ("x-api-key", "X-API-KEY", "authorization"):
        app.write_text('auth: {keys: {a: "${KEY:-k}"}}\nroutes: {/a: {chain: passthrough, '
                       f'config_from: {{metadata.key: {{header: {header}}}}}}}}}\n')
        done = servers.check(app)
        assert done.returncode == 2 and "it holds the API key" in done.stderr
