"""Feedback: tokens, the local store, LangSmith where it is configured."""

import datetime
import http.server
import json
import subprocess
import threading
import urllib.parse

import pytest
import servers
import wire_http

APP = """
server: {index: false%s}
store: {path: "${FEEDBACK_STORE}"}
chains:
  say: [{prompt: "{word}"}, {model: {provider: fake, responses: [well said]}}, str]
routes:
  /open: {chain: say, feedback: true}
  /told: {chain: say, feedback_keys: [correctness, "a \\"key\\""]}
  /other: {chain: say, feedback_keys: [correctness]}
  /brief: {chain: say, feedback_keys: [correctness], feedback_lifetime: 1s}
  /strict: {chain: say, feedback: true, feedback_store: langsmith, feedback_keys: [correctness]}
"""
RUN = "11111111-2222-4333-8444-555555555555"
FEEDBACK = {"run_id": RUN, "key": "k", "score": 1, "comment": "gut"}


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def server(serve, store):
    return serve(APP % "", env={"FEEDBACK_STORE": str(store)})


def post(server, path, body, *headers, method="POST"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = headers or (("content-type", "application/json"),)
    answer = wire_http.exchange(server.port, wire_http.Request(method, path, data, headers))
    return answer.status, json.loads(answer.body)


def tokens_of(server, path="/told"):
    status, body = post(server, path + "/invoke", {"input": {"word": "x"}})
    assert status == 200
    return body["metadata"]["run_id"], body["metadata"]["feedback_tokens"]


def listed(store, *options):
    done = subprocess.run([servers.langserved_binary(), "feedback", "list", "--store", store,
                           *options], capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def token_in(url):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["token"][0]


# the local store


def test_feedback_is_stored_and_listed(server, store):
    status, given = post(server, "/open/feedback", FEEDBACK)
    assert status == 200
    assert list(given) == ["run_id", "key", "score", "value", "comment", "id", "created_at",
                           "modified_at", "correction"]
    assert {**given, **FEEDBACK, "value": None, "correction": None} == given
    for extra in ({"key": "l"}, {"run_id": None}, {"run_id": RUN[:-1] + "6", "value": {"a": [1]}}):
        assert post(server, "/open/feedback", {**FEEDBACK, **extra})[0] == 200
    assert [(f["run_id"], f["key"]) for f in listed(store)] == [
        (None, "k"), (RUN, "k"), (RUN, "l"), (RUN[:-1] + "6", "k")]
    assert listed(store, "--run-id", RUN)[0] == given
    assert listed(store, "--run-id", RUN[:-1] + "7") == []


def test_many_runs_are_listed_in_pages(serve, store):
    server = serve(APP % "", "--workers", "2", env={"FEEDBACK_STORE": str(store)})
    runs = [f"{i:08x}-2222-4333-8444-555555555555" for i in range(1203)]
    for run in runs:
        assert post(server, "/open/feedback", {"run_id": run, "key": "k"})[0] == 200
    assert [f["run_id"] for f in listed(store)] == runs


def test_what_is_too_large_is_refused(server):
    assert post(server, "/open/feedback", {**FEEDBACK, "comment": "x" * 70000})[0] == 413


def test_a_store_that_fails(serve, tmp_path):
    server = serve(APP % "", env={"FEEDBACK_STORE": str(tmp_path)})  # a folder
    assert post(server, "/open/feedback", FEEDBACK) == (
        503, {"detail": "The feedback could not be stored"})
    assert "feedback_failed" in server.log()


@pytest.mark.parametrize("body, headers, loc, kind", [
    (b"", (), ["body"], "missing"),
    (b"[1,]", (), ["body", 3], "json_invalid"),
    ('{"é": x}'.encode(), (), ["body", 6], "json_invalid"),
    (b'{"run_id": null, "key": "k"} x', (), ["body", 29], "json_invalid"),
    (b"[]", (), ["body"], "model_attributes_type"),
    (b"{}", (("content-type", "text/json"), ), ["body"], "model_attributes_type"),
    (b"{}", (("content-type", "application/x+json; charset=utf-8"), ), ["body", "run_id"],
     "missing"),
    (b'{"run_id": null, "key": 1}', (), ["body", "key"], "string_type"),
    (b'{"run_id": null, "key": "k", "value": [1]}', (), ["body", "value", "float"], "float_type"),
])
def test_wrong_bodies(server, body, headers, loc, kind):
    status, answer = post(server, "/open/feedback", body, *headers)
    assert status == 422
    assert (answer["detail"][0]["loc"], answer["detail"][0]["type"]) == (loc, kind)
    assert not any("url" in error for error in answer["detail"])


def test_a_body_that_is_no_text(server):
    assert post(server, "/open/feedback", b'{"key": "\xff"}') == (
        400, {"detail": "There was an error parsing the body"})


def test_without_langsmith_its_store_refuses(server):
    assert post(server, "/strict/feedback", FEEDBACK)[0] == 400
    assert tokens_of(server, "/strict")[1] == []
    assert post(server, "/strict/token_feedback", {"token_or_url": "x"})[0] == 400


# tokens


def test_a_token_is_good_for_its_run_and_key(server, store):
    run_id, tokens = tokens_of(server)
    assert [list(token) for token in tokens] == [["key", "token_url", "expires_at"]] * 2
    assert [token["key"] for token in tokens] == ["correctness", 'a "key"']
    assert tokens[0]["token_url"].startswith(f"{server.url}/told/token_feedback?token=")
    expires = datetime.datetime.fromisoformat(tokens[0]["expires_at"].replace("Z", "+00:00"))
    left = expires - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(hours=2.9) < left <= datetime.timedelta(hours=3)
    more = {"score": 0.5, "run_id": RUN, "key": "mine", "correction": {"a": 1}, "metadata": {"m": 2}}
    url = tokens[0]["token_url"]
    for token_or_url in (url, token_in(url)):
        assert post(server, "/told/token_feedback", {"token_or_url": token_or_url, **more}) == (
            200, None)
    assert post(server, url.removeprefix(server.url), {"score": 1}) == (200, None)  # LangSmith's way
    assert {(f["run_id"], f["key"]) for f in listed(store)} == {(run_id, "correctness")}
    assert listed(store)[0]["correction"] == {"a": 1} and listed(store)[0]["metadata"] == {"m": 2}


def test_no_other_token_is_taken(server, store):
    _, tokens = tokens_of(server)
    token = token_in(tokens[0]["token_url"])
    flip = lambda at: token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1:]
    wrong = [flip(at) for at in range(len(token))]
    wrong += [token[:n] for n in range(0, len(token), 7)] + [token + "00", "00" + token, "z", RUN,
                                                             token.upper(), token + "z"]
    for text in wrong:
        assert post(server, "/told/token_feedback", {"token_or_url": text}) == (
            400, {"detail": "The feedback token is not valid"}), text
    assert post(server, "/other/token_feedback", {"token_or_url": token})[0] == 400
    assert not store.exists()


def test_a_token_ends(server):
    _, tokens = tokens_of(server, "/brief")
    expires = datetime.datetime.fromisoformat(tokens[0]["expires_at"].replace("Z", "+00:00"))
    while datetime.datetime.now(datetime.timezone.utc) < expires + datetime.timedelta(seconds=1):
        threading.Event().wait(0.1)
    assert post(server, "/brief/token_feedback", {"token_or_url": tokens[0]["token_url"]}) == (
        400, {"detail": "The feedback token has expired"})


def test_tokens_in_batches_and_streams(server):
    status, body = post(server, "/told/batch", {"inputs": [{"word": "x"}, {"word": "y"}]})
    assert status == 200
    for one in body["metadata"]["responses"]:
        assert post(server, "/told/token_feedback",
                    {"token_or_url": one["feedback_tokens"][1]["token_url"]})[0] == 200
    for endpoint, place in (("stream", 0), ("stream_log", 1), ("stream_events", 1)):
        data = json.dumps({"input": {"word": "x"}}).encode()
        answer = wire_http.exchange(server.port,
                                    wire_http.Request("POST", f"/told/{endpoint}", data))
        events = [e.split("\r\ndata: ") for e in answer.text.split("\r\n\r\n")]
        assert [e[0] for e in events].count("event: metadata") == 1
        metadata = json.loads(events[place][1])
        assert list(metadata) == ["run_id", "feedback_tokens"]
        assert [t["expires_at"][-6:] for t in metadata["feedback_tokens"]] == ["+00:00"] * 2
        for token in metadata["feedback_tokens"]:
            assert post(server, "/told/token_feedback",
                        {"token_or_url": token["token_url"]}) == (200, None)


def test_urls_have_the_prefix_and_the_hash_is_left_out(serve, store):
    server = serve(APP % ", root_path: /v1", env={"FEEDBACK_STORE": str(store)})
    for path in ("/v1/told/c/N4XyA", "/told"):
        url = tokens_of(server, path)[1][0]["token_url"]
        assert url.startswith(f"{server.url}/v1/told/token_feedback?token=")


def test_workers_agree_and_servers_do_not(serve, store):
    env = {"FEEDBACK_STORE": str(store), "S": "a secret of some length"}
    one = serve(APP % "", "--workers", "3", env=env)
    other = serve(APP % "", env=env)
    assert one.log().count("secret_made") == 1
    tokens = [token_in(tokens_of(one)[1][0]["token_url"]) for _ in range(8)]
    for token in tokens:
        assert post(one, "/told/token_feedback", {"token_or_url": token})[0] == 200
        assert post(other, "/told/token_feedback", {"token_or_url": token})[0] == 400
    secret = ', secret: "${S}"'
    one, other = serve(APP % secret, env=env), serve(APP % secret, env=env)
    assert "secret_made" not in one.log()
    token = token_in(tokens_of(one)[1][0]["token_url"])
    assert post(other, "/told/token_feedback", {"token_or_url": token})[0] == 200


def test_a_short_secret_is_refused_and_not_shown(tmp_path):
    (tmp_path / "app.yaml").write_text("server: {secret: tooshort}\nroutes: {/x: passthrough}\n")
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode == 2 and "16 bytes" in done.stderr and "tooshort" not in done.stderr


# LangSmith


@pytest.fixture
def langsmith():
    """Keeps what it is asked but for traces, and answers as `reply` says."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _take(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path != "/runs/batch":  # which traces bring
                server.asked.append((self.command, self.path, self.headers.get("x-api-key"),
                                     json.loads(body)))
            status, answer = server.reply
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = _take

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.reply = [], (200, {})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def traced(serve, store, langsmith):
    url = f"http://127.0.0.1:{langsmith.server_port}"
    return serve(APP % "" + "  /link: {chain: say, public_trace_link: true}\n",
                 env={"FEEDBACK_STORE": str(store), "LANGCHAIN_TRACING_V2": "true",
                      "LANGCHAIN_ENDPOINT": url, "LANGCHAIN_API_KEY": "a-key"})


def test_feedback_reaches_langsmith(traced, langsmith, store):
    status, given = post(traced, "/open/feedback", FEEDBACK)
    assert status == 200
    method, path, key, body = langsmith.asked.pop()
    assert (method, path, key) == ("POST", "/feedback", "a-key")
    assert body == {**FEEDBACK, "id": given["id"], "created_at": given["created_at"],
                    "modified_at": given["modified_at"], "extend_trace_retention": True,
                    "feedback_source": {"type": "api", "metadata": {"from_langserve": True}}}
    run_id, tokens = tokens_of(traced)
    assert post(traced, "/told/token_feedback", {"token_or_url": tokens[0]["token_url"], "score": 2,
                                                 "metadata": {"m": 1}}) == (200, None)
    body = langsmith.asked.pop()[3]
    assert (body["run_id"], body["key"], body["score"]) == (run_id, "correctness", 2)
    assert body["feedback_source"]["metadata"] == {"m": 1, "from_langserve": True}
    token = "22222222-3333-4444-8555-666666666666"
    for text in (token, f"https://api.smith.langchain.com/feedback/tokens/{token}"):
        assert post(traced, "/told/token_feedback", {"token_or_url": text, "score": 0.5}) == (
            200, None)
        assert langsmith.asked.pop() == (
            "POST", f"/feedback/tokens/{token}", "a-key",
            {"score": 0.5, "value": None, "correction": None, "comment": None,
             "metadata": {"from_langserve": True}})
    assert not store.exists()


def test_links_to_traces(traced, langsmith):
    langsmith.reply = (200, {"share_token": "shared"})
    assert post(traced, "/link/public_trace_link", {"run_id": RUN}, method="PUT") == (
        200, {"public_url": "http://localhost/public/shared/r"})
    method, path, _, body = langsmith.asked.pop()
    assert (method, path, body["run_id"]) == ("PUT", f"/runs/{RUN}/share", RUN)


def test_langsmith_fails(traced, langsmith):
    langsmith.reply = (401, {"detail": "the key a-key is wrong"})
    for path, method, body in (("/open/feedback", "POST", FEEDBACK),
                               ("/link/public_trace_link", "PUT", {"run_id": RUN})):
        status, answer = post(traced, path, body, method=method)
        assert status == 502 and "key" not in answer["detail"]
    langsmith.shutdown()
    langsmith.server_close()
    assert post(traced, "/open/feedback", FEEDBACK)[0] == 502
    assert post(traced, "/open/feedback", {**FEEDBACK, "run_id": None})[0] == 400
    assert "a-key" not in traced.log()


# beside LangServe, without tracing

BODIES = [b"", b" ", b"{", b"[]", b"null", b'{"a": }', b'{"a": "\n"}', b'{"a" 1}', b"{} {}", b'["\xc3']
BODIES += [json.dumps(body).encode() for body in (
    {}, FEEDBACK, {"run_id": "xyz", "key": 5}, {"run_id": 7, "key": None}, {"run_id": None, "key": ""},
    {**FEEDBACK, "score": "good"}, {**FEEDBACK, "score": [], "value": []},
    {**FEEDBACK, "score": "1", "value": {"b": {}}, "comment": 5},
    {**FEEDBACK, "run_id": RUN.replace("-", "")}, {**FEEDBACK, "run_id": "{" + RUN + "}"})]
TYPES = [("application/json", ), ("application/JSON; charset=latin-1", ), ("text/plain", ),
         ("application/problem+json", ), ("application/jsonp", ), ()]


@pytest.mark.parametrize("path, method", [("/feedback", "POST"), ("/public_trace_link", "PUT"),
                                          ("/token_feedback", "POST")])
def test_bodies_are_refused_as_langserve_refuses_them(original, ours, path, method):
    def told(server, body, headers):
        status, answer = post(server, "/feedback_on" + path, body, *headers, method=method)
        detail = answer["detail"]
        return status, detail if isinstance(detail, str) else [
            {k: v for k, v in error.items() if k not in ("msg", "ctx")} for error in detail]

    for body in BODIES:
        for kind in TYPES if body in BODIES[:4] + BODIES[-5:] else TYPES[:1]:
            headers = [("content-type", value) for value in kind] or [("x-none", "1")]
            assert told(ours, body, headers) == told(original, body, headers), (body, kind)


def test_the_index_names_what_is_of_use(serve):
    server = serve("routes: {/x: passthrough, /y: {chain: passthrough, feedback_keys: [k], "
                   "feedback: true}}")
    answer = json.loads(wire_http.exchange(server.port, wire_http.Request("GET", "/")).body)
    listed_paths = {endpoint["path"] for route in answer["routes"] for endpoint in route["endpoints"]}
    assert {"/x/playground/", "/y/feedback", "/y/token_feedback"} <= listed_paths
    assert not {"/x/feedback", "/x/token_feedback", "/y/public_trace_link"} & listed_paths
