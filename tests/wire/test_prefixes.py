"""Routes at the root and in the depth, what a proxy puts before their paths, paths that clash."""

import json

import pytest
import servers
import wire_http

ROUTES = """
routes:
  /: {chain: passthrough}
  /a: {chain: passthrough}
  /a/b/c: {chain: passthrough}
  /c: {chain: passthrough}
"""


def ask(server, path, *headers, method="GET", body=b""):
    return wire_http.exchange(server.port, wire_http.Request(method, path, body, headers))


def location(server, path, *headers):
    answer = ask(server, path, *headers, method="POST", body=b"{}")
    assert answer.status == 307
    return answer.headers["location"].replace(f"127.0.0.1:{server.port}", "HOST")


def test_routes_at_the_root_and_deep(serve):
    server = serve("server: {index: false}" + ROUTES)
    for path in ("", "/a", "/a/b/c", "/c"):
        for hashed in ("", "/c/N4XyA"):
            assert ask(server, f"{path}{hashed}/invoke", method="POST",
                       body=b'{"input": 1}').status == 200
            assert ask(server, f"{path}{hashed}/input_schema").status == 200
    assert ask(server, "/").status == ask(server, "/a").status == ask(server, "/a/").status == 404
    assert location(server, "/a/invoke/") == "http://HOST/a/invoke"
    assert location(server, "/a/invoke/", ("x-forwarded-prefix", "/x"),
                    ("x-forwarded-proto", "https")) == "http://HOST/a/invoke"


def test_urls_in_answers_are_encoded(serve):
    """What is no ASCII, or would end the path, is percent-encoded: who follows arrives."""
    server = serve("server: {root_path: /ü}\n"
                   "routes: {/日: {chain: passthrough, feedback_keys: [k]}}")
    there = "http://HOST/%C3%BC/%E6%97%A5"
    assert location(server, "/%e6%97%a5/invoke/") == f"{there}/invoke"
    assert location(server, "/%E6%97%A5/c/a%3F%23%25b%20/invoke/?q=%20") == \
        f"{there}/c/a%3F%23%25b%20/invoke?q=%20"
    answer = ask(server, "/%E6%97%A5/invoke", method="POST", body=b'{"input": 1}')
    url = json.loads(answer.text)["metadata"]["feedback_tokens"][0]["token_url"]
    assert "/%C3%BC/%E6%97%A5/token_feedback?token=" in url
    assert ask(server, url[url.index("/%C3"):], ("content-type", "application/json"),
               method="POST", body=b"{}").status == 200


def test_root_path(serve):
    server = serve("server: {root_path: /api/v1}" + ROUTES)
    for path in ("/a/invoke", "/api/v1/a/invoke", "/api/v1/invoke", "/api/v1/c/N4XyA/invoke",
                 "/api/v1/a/c/N4XyA/invoke"):
        assert ask(server, path, method="POST", body=b'{"input": 1}').status == 200, path
    for path in ("/api/v1/api/v1/a/invoke", "/api/v1a/invoke", "/api/a/invoke"):
        assert ask(server, path, method="POST", body=b'{"input": 1}').status == 404, path
    assert location(server, "/a/invoke/") == "http://HOST/api/v1/a/invoke"
    assert location(server, "/api/v1/a/invoke/?x") == "http://HOST/api/v1/a/invoke?x"
    page = ask(server, "/api/v1/", ("accept", "text/html")).text
    assert 'href="/api/v1/a/input_schema"' in page


def test_a_trusted_proxy_says_the_prefix(serve):
    server = serve("server: {root_path: /api, trust_forwarded: true}" + ROUTES)
    assert location(server, "/a/invoke/") == "http://HOST/api/a/invoke"
    sent = ("x-forwarded-prefix", "/team/one"), ("x-forwarded-proto", "https")
    assert location(server, "/a/invoke/", *sent) == "https://HOST/team/one/a/invoke"
    assert 'href="/team/one/a/input_schema"' in ask(server, "/", ("accept", "text/html"),
                                                    *sent).text
    for wrong in ("team", "//evil.example", "/a/", "/a?b", '/"x', "/a/../b", "/a@b", "/" + "a" * 300,
                  "/\\evil", "/ a"):
        assert location(server, "/a/invoke/", ("x-forwarded-prefix", wrong),
                        ("x-forwarded-proto", "gopher")) == "http://HOST/api/a/invoke"


def test_head_is_not_get(serve):
    server = serve("routes: {/a: passthrough, /r: {chain: passthrough, as: rest, method: GET}}")
    for path in ("/a/input_schema", "/r", "/a/invoke"):
        answer = ask(server, path, method="HEAD")
        assert (answer.status, answer.body) == (405, b"")
        assert answer.headers["allow"] == ("POST" if path == "/a/invoke" else "GET")
    missing = ask(server, "/a/nothing", method="HEAD")
    assert (missing.status, missing.body) == (404, b"")
    assert missing.content_type == "application/json"


def check(tmp_path, text):
    (tmp_path / "app.yaml").write_text(text, encoding="utf-8")
    done = servers.check(tmp_path / "app.yaml")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("routes, told", [
    ("/a: passthrough, /a/: passthrough", "does not end in '/'"),
    ("/a: passthrough, /a/invoke: {chain: passthrough, as: rest}", "two routes on the path"),
    ("/a: passthrough, /a/c/x: passthrough", "two routes on the path"),
    ("/a/c/x: passthrough, /a: passthrough", "two routes on the path"),
    ("/: passthrough, /c/x: passthrough", "two routes on the path"),
    ("/a: passthrough, /a/c/x/invoke: {chain: passthrough, as: rest}", "two routes on the path"),
    ("/: {chain: passthrough, as: rest}", "two routes on the path /"),
    ("/a//b: passthrough", "no empty segment"),
])
def test_paths_that_clash(tmp_path, routes, told):
    status, output = check(tmp_path, f"routes: {{{routes}}}")
    assert status == 2 and told in output


@pytest.mark.parametrize("routes", [
    "/a: {chain: passthrough, disabled_endpoints: [config_hashes]}, /a/c/x: passthrough",
    "/a: {chain: passthrough, endpoints: [invoke]}, /a/c/x: passthrough",
    "/a: passthrough, /a/c: passthrough, /a/c/x/other: passthrough",
    "/: passthrough, /c: passthrough, /a/b: passthrough",
])
def test_paths_that_do_not_clash(tmp_path, routes):
    assert check(tmp_path, f"routes: {{{routes}}}")[0] == 0


FIELD = "{model: {provider: fake, responses: [a]}, configurable: {fields: {delay: {}}}}"


@pytest.mark.parametrize("options, told", [
    ("endpoints: [invoek]", "did you mean invoke"),
    ("disabled_endpoints: [config_hash]", "did you mean config_hashes"),
    ("endpoints: [invoke], disabled_endpoints: [batch]", "disabled_endpoints: not beside"),
    ("as: rest, disabled_endpoints: [batch]", "has one endpoint only"),
    ("config_from: {configurable.dely: {header: x}}", "did you mean 'delay'"),
    ("config_from: {configurabel.delay: {header: x}}", "unknown key of a config"),
    ("config_from: {configurable: {header: x}}", "unknown key of a config"),
    ("config_from: {run_name: {header: x}}", "unknown key of a config"),
    ("config_from: {configurable.delay: {}}", "expected `header` or `cookie`"),
    ("config_from: {configurable.delay: {header: x, cookie: y}}", "expected `header` or `cookie`"),
    ("config_from: {configurable.delay: {header: 'x y'}}", "no name of a header"),
    ("config_from: {configurable.delay: {header: x, type: int}}", "one of: string"),
    ("config_from: [a]", "config_from: expected a mapping"),
    ("deny: {header: x}", "deny: expected a list"),
    ("deny: [{equals: x}]", "expected `header` or `cookie`"),
    ("deny: [{header: x, status: 200}]", "status"),
    ("require: {header: {x: {}}}", "did you mean 'headers'"),
    ("require: {headers: [x]}", "headers: expected a mapping"),
    ("require: {headers: {x: {equal: y}}}", "did you mean 'equals'"),
    ("require: {headers: {'x:': {}}}", "no name of a header"),
    ("require: {headers: {x: {equals: ['${NOT_SET:-}', a]}}}", "equals: a value is empty"),
    ("deny: [{header: x, equals: ''}]", "equals: a value is empty"),
])
def test_mistakes_are_told(tmp_path, options, told):
    status, output = check(tmp_path, f"routes: {{/a: {{chain: {FIELD}, {options}}}}}")
    assert status == 2 and told in output


def test_a_wrong_root_path_is_told(tmp_path):
    status, output = check(tmp_path,
                           "server: {root_path: api}\nroutes: {/a: passthrough}")
    assert status == 2 and "root_path: a path begins with '/'" in output


def test_a_configurable_that_the_chain_does_not_have_is_told(tmp_path):
    chain = f"{{chain: {{chain: {FIELD}, config: {{configurable: {{dely: 1s}}}}}}}}"
    status, output = check(tmp_path, f"routes: {{/a: {chain}}}")
    assert status == 2 and "did you mean 'delay'" in output
