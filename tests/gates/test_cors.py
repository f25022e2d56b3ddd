"""Cross-origin requests: Starlette's CORSMiddleware is the oracle, Chromium the judge."""

import http.server
import threading

import browser
import httpx
import pytest
import servers
from raw import one
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

APP = """
server:
  cors: {%s}
models: {m: {provider: fake, responses: [Bonjour]}}
routes: {/say: m}
"""
NAMED = "allow_origins: [https://example.com, 'https://*.example.org'], allow_credentials: true"


def options(server, **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.options(server.url + "/say/invoke", headers=sent)


def preflight(server, origin, method="POST", **more):
    return options(server, origin=origin, access_control_request_method=method, **more)


def test_preflight_of_a_named_origin(serve):
    server = serve(APP % NAMED)
    answer = preflight(server, "https://example.com",
                       access_control_request_headers="content-type, x-api-key")
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["access-control-allow-origin"] == "https://example.com"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, x-api-key"
    assert answer.headers["access-control-max-age"] == "600"
    assert "Origin" in answer.headers["vary"]
    assert preflight(server, "https://a.example.org").status_code == 200


@pytest.mark.parametrize("origin, more, told", [
    ("https://evil.org", {}, "Disallowed CORS origin"),
    ("https://example.com.evil.org", {}, "Disallowed CORS origin"),
    ("null", {}, "Disallowed CORS origin"),
    ("https://example.com", {"method": "DELETE"}, "Disallowed CORS method"),
    ("https://example.com", {"access_control_request_headers": "x-other"},
     "Disallowed CORS headers"),
])
def test_what_is_not_allowed(serve, origin, more, told):
    server = serve(APP % (NAMED + ", allow_headers: [content-type], allow_methods: [PUT]"))
    answer = preflight(server, origin, **more)
    assert (answer.status_code, answer.text) == (400, told)
    assert "access-control-allow-origin" not in answer.headers


def test_answers_of_all_kinds_carry_it(serve):
    """Errors too: a page must see why its request failed."""
    server = serve(APP % (NAMED + ", expose_headers: [X-Request-Id]"))
    own = {"origin": "https://example.com"}
    for path, body, status in [("/say/invoke", {"input": "x"}, 200), ("/say/stream", {"input": "x"}, 200),
                               ("/say/invoke", {}, 422), ("/nowhere", {}, 404)]:
        answer = httpx.post(server.url + path, json=body, headers=own)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "https://example.com"
        assert answer.headers["access-control-expose-headers"] == "X-Request-Id"
        assert "Origin" in answer.headers["vary"]
        other = httpx.post(server.url + path, json=body, headers={"origin": "https://evil.org"})
        assert other.status_code == status
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in other.headers["vary"]  # caches keep the two apart
        alone = httpx.post(server.url + path, json=body)
        assert "Origin" in alone.headers["vary"]


EARLY = [
    (b"Content-Length: 9999\r\n\r\n", 413),
    (b"Transfer-Encoding: chunked\r\n\r\n" + 2 * (b"400\r\n" + 1024 * b"x" + b"\r\n"), 413),
    (b"Content-Length: 9\r\n\r\nslow", 408),
    (b"Expect: tea\r\nContent-Length: 9\r\n\r\n", 417),
]


def test_what_the_server_refuses_carries_it(serve):
    """As soon as it has read where the page is from: all of the head."""
    server = serve(APP.replace("server:", "server:\n  max_body: 1500\n  body_timeout: 300ms") % NAMED)
    head = b"POST /say/invoke HTTP/1.1\r\nHost: h\r\nOrigin: %s\r\n"
    for rest, status in EARLY:
        answer = one(server.port, head % b"https://example.com" + rest)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://example.com"
        assert answer.headers["vary"] == "Origin"
        other = one(server.port, head % b"https://evil.org" + rest)
        assert other.status == status and "access-control-allow-origin" not in other.headers
    cut = one(server.port, head % b"https://example.com" + b"X: " + 99999 * b"x" + b"\r\n\r\n")
    assert cut.status == 431 and "access-control-allow-origin" not in cut.headers


def test_without_cors_nothing_is_said(serve):
    server = serve("models: {m: {provider: fake, responses: [x]}}\nroutes: {/say: m}\n")
    answer = httpx.post(server.url + "/say/invoke", json={"input": "x"},
                        headers={"origin": "https://example.com"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert preflight(server, "https://example.com").status_code == 405


@pytest.mark.parametrize("cors, told", [
    ("allow_origins: ['*'], allow_credentials: true", "error: allow_credentials: with the origin '*'"),
    ("allow_origins: ['https://*'], allow_credentials: true",
     "error: allow_credentials: with the origin 'https://*'"),
    ("allow_origins: ['null'], allow_credentials: true", "warning: allow_credentials: any page"),
    ("allow_origins: [https://example.com/]", "without a path"),
    ("allow_origins: ['https://example.com:443']", "leave it out too"),
    ("allow_origins: ['*'], allow_methods: ['PUT, DELETE']", "allow_methods: 'PUT, DELETE' is no name"),
    ("allow_origins: ['*'], allow_headers: ['x y']", "allow_headers: 'x y' is no name"),
    ("allow_origins: ['*'], expose_headers: ['X-A: b']", "expose_headers: 'X-A: b' is no name"),
])
def test_mistakes(tmp_path, cors, told):
    file = tmp_path / "app.yaml"
    file.write_text(APP % cors)
    done = servers.check(file)
    assert done.returncode == (0 if told.startswith("warning") else 2)
    assert told in done.stdout + done.stderr


@pytest.mark.parametrize("ours, theirs", [
    ("allow_origins: ['*']", {"allow_origins": ["*"], "allow_headers": ["*"]}),
    ("allow_origins: [https://example.com]",
     {"allow_origins": ["https://example.com"], "allow_headers": ["*"]}),
    (NAMED.replace(", 'https://*.example.org'", ""),
     {"allow_origins": ["https://example.com"], "allow_headers": ["*"], "allow_credentials": True}),
])
def test_as_starlette_answers(serve, ours, theirs):
    """Status and access-control headers equal the original's, but that one allowed method is told
    where Starlette lists all."""
    server = serve(APP % ours)
    app = Starlette(routes=[Route("/say/invoke", lambda request: PlainTextResponse("x"),
                                  methods=["POST"])],
                    middleware=[Middleware(CORSMiddleware, allow_methods=["GET", "POST"], **theirs)])
    with TestClient(app) as client:
        for origin in ("https://example.com", "https://evil.org", "null"):
            for asked in ("POST", "DELETE"):
                sent = {"origin": origin, "access-control-request-method": asked,
                        "access-control-request-headers": "content-type"}
                assert told(httpx.options(server.url + "/say/invoke", headers=sent)) == \
                    told(client.options("/say/invoke", headers=sent)), (origin, asked)
            sent = {"origin": origin}
            assert told(httpx.post(server.url + "/say/invoke", json={"input": "x"}, headers=sent)) == \
                told(client.post("/say/invoke", headers=sent)), origin


def told(answer):
    """What of an answer counts for a browser.  Starlette says more to pages it refuses."""
    headers = {name: value for name, value in answer.headers.items()
               if name.startswith("access-control")
               and name not in ("access-control-allow-methods", "access-control-expose-headers")}
    may_see = answer.status_code < 400 and "access-control-allow-origin" in headers
    return answer.status_code, headers if may_see else None


@pytest.fixture
def elsewhere():
    """A page of another origin."""
    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()

        def log_message(self, *args):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()


CALL = """fetch('%s/say/%s', {method: 'POST', headers: {'content-type': 'application/json'},
          body: '{"input": "x"}'}).then(answer => answer.text()).catch(() => 'refused')"""


def test_a_browser_obeys(serve, elsewhere, tmp_path):
    if not browser.PROGRAM:
        pytest.skip("there is no chromium")
    open_to_it = serve(APP % f"allow_origins: ['{elsewhere}']")
    closed = serve(APP % "allow_origins: ['https://example.com']")
    page = browser.Page(tmp_path)
    try:
        page.open(elsewhere)
        assert "Bonjour" in page.run(CALL % (open_to_it.url, "invoke"))
        assert "event: end" in page.run(CALL % (open_to_it.url, "stream"))
        assert page.run(CALL % (closed.url, "invoke")) == "refused"
    finally:
        page.close()
