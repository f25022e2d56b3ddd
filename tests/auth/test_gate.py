"""Which requests are let through, and how the others are refused."""

import hashlib
import json
import os
import uuid

import pytest
import servers
from asking import ANN, APP, BOB, HALF, LATE, ask, ask_raw, invoke
from openapi_spec_validator import validate
from raw import log_lines

DETAIL = {"detail": "Not authenticated"}
RUN = uuid.uuid4()


def test_no_key_is_401_and_says_how(server):
    answer = invoke(server, "/guarded")
    assert (answer.status, answer.json()) == (401, DETAIL)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("headers", [
    {"X-API-Key": ANN}, {"x-api-key": ANN}, {"Authorization": f"Bearer {ANN}"},
    {"authorization": f"bearer {ANN}"}, {"X-API-Key": "canary-digest-5eed"},
    {"X-API-Key": ANN, "Authorization": "Basic cHJveHk="},
], ids=str)
def test_a_right_key_opens(server, headers):
    answer = invoke(server, "/guarded", headers=headers)
    assert (answer.status, answer.json()["output"]) == (200, "the guarded value")


@pytest.mark.parametrize("key", [
    "wrong", ANN[:-1], ANN + "x", ANN.upper(), "' or '1'='1", "x" * 5000, "k\xe9y", "*", "null",
], ids=lambda key: key[:20])
def test_a_wrong_key_is_403(server, key):
    for headers in ({"X-API-Key": key.encode("latin-1")},
                    {"Authorization": b"Bearer " + key.encode("latin-1")}):
        answer = invoke(server, "/guarded", headers=headers)
        assert (answer.status, answer.json()) == (403, {"detail": "Invalid API key"})
        assert "www-authenticate" not in answer.headers


def test_a_key_has_its_place(server):
    """In no query, no cookie and no body, whose texts end up in logs."""
    for path, headers in ((f"/guarded/invoke?api_key={ANN}&x-api-key={ANN}", {}),
                          ("/guarded/invoke", {"Cookie": f"x-api-key={ANN}"}),
                          ("/guarded/invoke", {"Authorization": ANN}),
                          ("/guarded/invoke", {"X-Api-Key2": ANN})):
        assert ask(server, path, body={"input": 1, "x-api-key": ANN}, headers=headers).status == 401


def test_scopes_name_routes(server):
    assert invoke(server, "/open_to_half", HALF).status == 200
    assert invoke(server, "/deep/path", HALF).status == 200
    answer = invoke(server, "/guarded", HALF)
    assert (answer.status, answer.detail()) == (403,
                                                "This API key does not open the route /guarded")
    assert invoke(server, "/open_to_half", LATE).detail() == "The API key has expired"


def test_a_route_may_be_open_or_ask_otherwise(server):
    assert invoke(server, "/open").json()["output"] == "open"
    assert invoke(server, "/open", "wrong").status == 200
    missing = invoke(server, "/own", ANN)
    assert missing.status == 422
    assert missing.detail() == [{"type": "missing", "loc": ["header", "x-token"],
                                 "msg": "Field required", "input": None}]
    wrong = invoke(server, "/own", headers={"X-Token": ANN})
    assert (wrong.status, wrong.json()["code"]) == (400, "bad_request")
    assert wrong.detail() == "X-Token header invalid"
    assert invoke(server, "/own", headers={"X-Token": BOB}).status == 200
    assert invoke(server, "/own", headers={"Authorization": f"Bearer {BOB}"}).status == 422
    missing = invoke(server, "/forbids")
    assert (missing.status, missing.json()["code"]) == (403, "forbidden")
    assert missing.headers["content-type"] == "application/problem+json"
    assert invoke(server, "/forbids", BOB).detail() == "Invalid API key"


def test_the_shape_of_errors_is_the_routes(server):
    problem = ask(server, "/guarded/invoke", body={}, headers={"accept": "application/problem+json"})
    assert problem.status == 401 and problem.headers["www-authenticate"] == "Bearer"
    assert problem.json()["code"] == "unauthorized"
    assert problem.json()["detail"] == "Not authenticated"


def test_health_and_docs_are_open(server):
    for path in ("/health", "/healthz", "/ready", "/docs", "/redoc", "/openapi.json", "/docs/docs.js", "/"):
        assert ask(server, path).status == 200, path


def test_docs_and_index_may_be_closed(launch):
    server = launch(APP.replace("  store: true", "  store: true\n  open: []", 1))
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/docs.js", "/"):
        assert ask(server, path).status == 401, path
        assert ask(server, path, "wrong").status == 403, path
        assert ask(server, path, HALF).status == 200, path
    assert ask(server, "/docs", method="HEAD").status == 401
    assert ask(server, "/health").status == 200
    assert "security" in ask(server, "/openapi.json", ANN).json()["paths"]["/"]["get"]


ENDPOINTS = [
    ("POST", "invoke"), ("POST", "batch"), ("POST", "stream"), ("POST", "stream_log"),
    ("POST", "stream_events"), ("GET", "input_schema"), ("GET", "output_schema"),
    ("GET", "config_schema"), ("GET", "playground/"), ("GET", "playground/index.html"),
    ("POST", "feedback"), ("HEAD", "feedback"), ("POST", "token_feedback"),
]
HASH = "N4XyA"  # {}


@pytest.mark.parametrize("method, endpoint", ENDPOINTS)
@pytest.mark.parametrize("between", ["", f"c/{HASH}/"], ids=["plain", "hashed"])
def test_every_endpoint_is_guarded(server, method, endpoint, between):
    path = f"/guarded/{between}{endpoint}"
    body = {"input": "x", "inputs": ["x"], "run_id": str(RUN), "key": "k"}
    body = body if method == "POST" else None
    with_key = ask(server, path, ANN, body, method).status
    assert with_key not in (401, 403)
    if with_key not in (404, 405):  # there is such an endpoint
        assert ask(server, path, None, body, method).status == 401
        assert ask(server, path, "wrong", body, method).status == 403
        assert ask(server, path, HALF, body, method).status == 403


def test_runs_and_plain_endpoints_are_guarded(server):
    assert ask(server, f"/slow/runs/{RUN}/events").status == 401
    assert ask(server, f"/slow/runs/{RUN}/cancel", body={}).status == 401
    assert ask(server, "/plain", body=1).status == 401
    assert ask(server, "/plain", ANN, 1).json() == "the guarded value"


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "HEAD", "QUERY"])
def test_other_methods_run_nothing(server, method):
    assert ask(server, "/guarded/invoke", None, {"input": 1}, method).status == 405
    assert ask(server, "/plain", None, {"input": 1}, method).status == 405


BEFORE = ["", "/", "/.", "/open/..", "/open/../", "//", "/open//..", "/;", "/api/v1", "/api/v1/",
          "/api/v1/api/v1", "/%2e%2e", "/x/..", "\\", "/open/c/x/..", "http://h", "http://open"]
NAMES = ["/guarded", "/%67uarded", "/Guarded", "/guarded;a", "/guarded;/", "/guarded.", "/guarded%20",
         "/guarded%2f", "/guarded%5c", "/guarded%00", "/guarded?", "/guarded#", "/guarded@h",
         "/open%2f..%2fguarded", "/open/..%2fguarded", "/guarded/c/" + HASH, "/open/c/../guarded",
         "/guarded/../guarded", "/open@/guarded", "/open;/guarded", "/guarded/c/open"]
AFTER = ["/invoke", "//invoke", "/invoke/", "/%69nvoke", "/invoke?x=/open/invoke", "/./invoke",
         "/invoke;/open", "/x/../invoke", "%2finvoke", "/invoke%2f", "/invoke#/open"]


@pytest.mark.parametrize("before", BEFORE)
def test_the_gate_and_the_routes_see_one_path(server, before):
    """However a path is written: without a key it never leads to what is guarded, and with one it
    never leads to more than the key opens."""
    for name in NAMES:
        for after in AFTER:
            path = before + name + after
            bare = ask_raw(server, path)
            assert b"the guarded value" not in bare.body, path
            half = ask_raw(server, path, [f"X-API-Key: {HALF}"])
            assert b"the guarded value" not in half.body, path
            full = ask_raw(server, path, [f"X-API-Key: {ANN}"])
            # The same answer for all, or the gate stood before the endpoint.
            assert (bare.status, half.status) in ((401, 403), (full.status, full.status)), path


def test_spellings_that_lead_to_the_route_are_guarded(server):
    """That the test above has seen some that do."""
    for path in ("/guarded/invoke", "/%67uarded/%69nvoke", "/api/v1/guarded/invoke",
                 f"/guarded/c/{HASH}/invoke", "http://h/guarded/invoke"):
        assert ask_raw(server, path, [f"X-API-Key: {ANN}"]).status == 200, path
        assert ask_raw(server, path).status == 401, path


def test_a_key_sent_twice_is_none(server):
    for first, second in ((ANN, ANN), (ANN, "wrong"), ("wrong", ANN)):
        for name, prefix in (("X-API-Key", ""), ("Authorization", "Bearer ")):
            headers = [f"{name}: {prefix}{first}", f"{name}: {prefix}{second}"]
            assert ask_raw(server, "/guarded/invoke", headers).status == 403


def test_redirects_lead_to_the_gate(server):
    answer = ask(server, "/guarded/invoke/", body={"input": 1})
    assert answer.status == 307
    assert ask(server, "/guarded/invoke", body={"input": 1}).status == 401


def test_the_log_tells_who_it_was(server):
    marked = {name: f"log-{name}-{uuid.uuid4()}" for name in ("ann", "half", "nobody")}
    invoke(server, "/guarded", ANN, headers={"X-Request-ID": marked["ann"]})
    invoke(server, "/guarded", HALF, headers={"X-Request-ID": marked["half"]})
    invoke(server, "/guarded", "wrong", headers={"X-Request-ID": marked["nobody"]})
    lines = {line["request_id"]: line for line in log_lines(server, "request")}
    assert lines[marked["ann"]]["caller"] == "ann"
    assert (lines[marked["half"]]["caller"], lines[marked["half"]]["status"]) == ("half", 403)
    assert "caller" not in lines[marked["nobody"]]


def test_openapi_tells_of_the_gate(server):
    document = ask(server, "/openapi.json").json()
    validate(document)
    assert document["components"]["securitySchemes"] == {
        "X-API-Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "X-Token": {"type": "apiKey", "in": "header", "name": "X-Token"},
        "HTTPBearer": {"type": "http", "scheme": "bearer"},
    }
    guarded = document["paths"]["/guarded/invoke"]["post"]
    assert guarded["security"] == [{"X-API-Key": []}, {"HTTPBearer": []}]
    assert {"401", "403"} <= set(guarded["responses"])
    own = document["paths"]["/own/invoke"]["post"]
    assert own["security"] == [{"X-Token": []}]
    assert {"400", "403", "422"} <= set(own["responses"])
    for path in ("/open/invoke", "/health"):
        for operation in document["paths"][path].values():
            assert "security" not in operation and "401" not in operation["responses"]


def test_an_app_without_auth_has_no_trace_of_it(launch):
    server = launch("routes: {/a: {chain: passthrough}}\n")
    text = ask(server, "/openapi.json").body.decode()
    assert "securitySchemes" not in text and "401" not in json.loads(text)["paths"]["/a/invoke"]["post"][
        "responses"]
    assert ask(server, "/a/invoke", "any", {"input": 1}).status == 200


def test_pages_of_other_origins_come_to_the_gate(launch):
    """Browsers send no key with a preflight request, and are to read why they were refused."""
    server = launch(APP.replace("server: {", 'server: {cors: {allow_origins: ["https://page.example"], '
                                "allow_headers: [X-API-Key]}, ", 1))
    origin = {"Origin": "https://page.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "x-api-key"}
    preflight = ask(server, "/guarded/invoke", method="OPTIONS", headers=asked)
    assert preflight.status == 200
    for key, status in ((None, 401), ("wrong", 403), (ANN, 200)):
        answer = invoke(server, "/guarded", key, headers=origin)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://page.example"


def test_guesses_count_against_limits(launch):
    """Whoever tries keys is stopped, and then hears nothing of them any more."""
    server = launch("""
auth: {keys: {ann: "sha256:%s"}}
routes: {/x: {chain: passthrough, limit: 3/hour}}
""" % hashlib.sha256(ANN.encode()).hexdigest())
    assert [invoke(server, "/x", f"guess-{i}").status for i in range(4)] == [403, 403, 403, 429]
    assert invoke(server, "/x").status == 429
    assert invoke(server, "/x", ANN).status == 429


def test_guesses_count_as_their_client_where_keys_are_counted(launch):
    """A key that is nobody's has no count of its own: it could be another one each time."""
    server = launch("""
auth: {keys: {ann: "sha256:%s", bob: "sha256:%s"}}
routes:
  /x: {chain: passthrough, limits: [{rate: 5/hour, by: key}]}
  /open: {chain: passthrough, auth: none, limits: [{rate: 1/hour, by: key}]}
""" % tuple(hashlib.sha256(key.encode()).hexdigest() for key in (ANN, BOB)), "--workers", "2")

    def told(*keys, path="/x"):
        return [invoke(server, path, key).status for key in keys]

    assert told(*(f"guess-{i}" for i in range(8))) == [403] * 5 + [429] * 3
    assert told(None) == [429]  # who shows none is the same client
    bearer = {"Authorization": "Bearer guess-9"}
    assert invoke(server, "/x", headers=bearer).status == 429
    assert told(*[ANN] * 6) == [200] * 5 + [429]
    assert told(BOB) == [200]
    assert told("one", "another", "one", path="/open") == [200, 200, 429]  # nobody asks whose it is


@pytest.mark.parametrize("key, told", [
    ("{key: '${K}', expires: 1999-12-31}", "warning: expires: that is over"),
    ("{key: '${K}', expires: soon}", "expires: expected a date or a time"),
    ("'${BLANK}'", "no blanks at its ends"),
    ("'SHA256:abc'", "stand 64 hexadecimal digits"),
])
def test_keys_that_open_nothing_are_told(key, told, tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text(f"auth: {{keys: {{a: {key}}}}}\nroutes: {{/a: passthrough}}\n")
    done = servers.check(app, env={**os.environ, "K": "canary", "BLANK": "canary "})
    assert told in done.stderr and "canary" not in done.stderr
    assert done.returncode == (0 if "warning" in told else 2)
