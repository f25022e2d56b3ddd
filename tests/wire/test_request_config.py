"""What the path, headers and cookies of a request say of its config; what routes require of it.

The answers about hashes are those of the original (see docs/compatibility.md for the one
difference, which a test here shows).
"""

import json

import pytest
import servers
import wire_http

langserve = pytest.importorskip("langserve")
lzstring = pytest.importorskip("langserve.lzstring").LZString

APP = """
models:
  settings:
    {provider: fake, responses: [ok], model: small, temperature: 0.7,
     template: "[{model} t={temperature}]"}
chains:
  configured:
    - model: settings
      configurable:
        fields:
          temperature: {id: temperature}
          model: {id: model_name, options: {small: small, large: large-1}, default: small}
    - str
  answering:
    model: settings
    configurable:
      fields: {responses: {id: answers, options: {"yes": "yes!"}, default: ["yes"]}}
  echo: {lambda: "config"}
routes:
  /choice:
    chain:
      chain: {prompt: "{topic}"}
      configurable:
        alternatives:
          {id: kind, default: plain, options: {haiku: {prompt: "{topic} {style}"}, text: settings}}
  /plain: {chain: configured, config_keys: [configurable, tags]}
  /answering: answering
  /closed: {chain: configured, config_keys: [tags]}
  /echo: {chain: echo, config_keys: [tags, metadata, recursion_limit, max_concurrency, run_id]}
  /from:
    chain: configured
    config_from:
      configurable.temperature: {header: X-Temperature, type: number}
      configurable.model_name: {cookie: model}
  /from_closed:
    chain: configured
    config_keys: []
    config_from: {configurable.temperature: {header: x-temperature, required: true}}
  /who:
    chain: echo
    config_from:
      metadata.user: {cookie: user}
      metadata.age: {header: x-age, type: integer}
      metadata.here: {header: x-here, type: boolean}
      max_concurrency: {header: x-at-once, type: integer}
      run_id: {header: x-run}
    deny:
      - {header: x-deny, status: 451, detail: no}
      - {cookie: banned, equals: ["yes", "1"], detail: never}
  /secured:
    chain: passthrough
    require:
      headers: {x-token: {equals: ["${TOKEN}", old], status: 401, detail: who?}, X-Any: null}
      cookies: {session: {}}
  /secured_rest: {chain: passthrough, as: rest, require: {headers: {x-token: {equals: a}}}}
  /who_rest: {chain: echo, as: rest, config_from: {metadata.user: {cookie: user}}}
"""


def packed(value):
    return lzstring.compressToEncodedURIComponent(json.dumps(value))


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("requests")
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder, env={"TOKEN": "s3cret"}).start()
    yield server.port
    server.stop_cleanly()
    assert "s3cret" not in server.log()


def ask(port, path, body=None, *headers, method=None):
    data = b"" if body is None else json.dumps(body).encode()
    method = method or ("GET" if body is None else "POST")
    return wire_http.exchange(port, wire_http.Request(method, path, data, headers))


def said(port, path, config=None, *headers):
    """What the chain gives for an input, or the status and the body of another answer."""
    body = {"input": "x"} if config is None else {"input": "x", "config": config}
    answer = ask(port, path, body, *headers)
    value = json.loads(answer.body)
    return value["output"] if answer.status == 200 else (answer.status, value["detail"])


# ---- hashes ----


@pytest.mark.parametrize("hashed, given, expected", [
    ({}, {}, "[small t=0.7]"),
    ({"configurable": {"temperature": 0.33}}, None, "[small t=0.33]"),
    ({"configurable": {"temperature": "0.33"}}, {}, "[small t=0.33]"),
    ({"configurable": {"temperature": 0.33}}, {"tags": ["x"]}, "[small t=0.33]"),
    ({"configurable": {"temperature": 0.33}}, {"configurable": {"temperature": 0.9}},
     "[small t=0.9]"),
    # here the original puts the defaults over the hash's values
    ({"configurable": {"temperature": 0.33}}, {"configurable": {}}, "[small t=0.33]"),
    ({"configurable": {"temperature": 0.33}}, {"configurable": {"model_name": "large"}},
     "[large-1 t=0.33]"),
])
def test_the_body_counts_more_than_the_hash(port, hashed, given, expected):
    assert said(port, f"/plain/c/{packed(hashed)}/invoke", given) == expected


def test_a_hash_works_everywhere(port):
    base = f"/plain/c/{packed({'configurable': {'temperature': 0.33}})}"
    batch = ask(port, f"{base}/batch",
                {"inputs": ["x", "y"], "config": [{}, {"configurable": {"temperature": 0.1}}]})
    assert json.loads(batch.body)["output"] == ["[small t=0.33]", "[small t=0.1]"]
    stream = ask(port, f"{base}/stream", {"input": "x"})
    assert stream.status == 200 and stream.text.endswith("event: end\r\n\r\n")
    for name in ("input_schema", "output_schema", "config_schema"):
        assert ask(port, f"{base}/{name}").body == ask(port, f"/plain/{name}").body
        head = ask(port, f"{base}/{name}", method="HEAD")
        assert (head.status, head.headers["allow"], head.body) == (405, "GET", b"")


def test_schemas_follow_the_chosen_alternative(port):

    def schema(name, chosen):
        hashed = packed({"configurable": {"kind": chosen}})
        return json.loads(ask(port, f"/choice/c/{hashed}/{name}").body)

    assert set(schema("input_schema", "plain")["properties"]) == {"topic"}
    assert set(schema("input_schema", "haiku")["properties"]) == {"topic", "style"}
    assert schema("output_schema", "text")["title"] == "FakeListChatModelOutput"
    assert schema("output_schema", "haiku") == json.loads(ask(port, "/choice/output_schema").body)
    assert schema("config_schema", "haiku") == json.loads(ask(port, "/choice/config_schema").body)
    assert schema("input_schema", "poem")["detail"][0]["type"] == "enum"
    assert set(json.loads(ask(port, "/choice/input_schema").body)["properties"]) == {"topic"}


def test_the_python_client_uses_a_hash(port):
    url = f"http://127.0.0.1:{port}/plain/c/{packed({'configurable': {'temperature': 0.33}})}"
    client = langserve.RemoteRunnable(url)
    assert client.invoke("x") == "[small t=0.33]"
    assert "".join(client.stream("x")) == "[small t=0.33]"
    assert client.batch(["x", "y"]) == ["[small t=0.33]"] * 2
    changed = client.with_config(configurable={"model_name": "large"})
    assert changed.invoke("x") == "[large-1 t=0.33]"


@pytest.mark.parametrize("hashed, given, expected", [
    ({"tags": ["b", "a"]}, {"tags": ["c", "a"]}, {"tags": ["a", "b", "c"]}),
    ({"metadata": {"x": 1, "y": 1}}, {"metadata": {"y": 2}}, {"metadata": {"x": 1, "y": 2}}),
    ({"recursion_limit": 7}, {"recursion_limit": 25}, {"recursion_limit": 7}),
    ({"recursion_limit": 7}, {"recursion_limit": 9}, {"recursion_limit": 9}),
    ({"max_concurrency": 3}, {"max_concurrency": 0}, {"max_concurrency": 3}),
    ({"max_concurrency": 3}, {"max_concurrency": 5}, {"max_concurrency": 5}),
    ({"max_concurrency": 3}, {"max_concurrency": None}, {"max_concurrency": 3}),
    ({"tags": ["a"], "other": 1}, {}, {"tags": ["a"]}),
])
def test_configs_are_merged_as_langchain_does(port, hashed, given, expected):
    config = said(port, f"/echo/c/{packed(hashed)}/invoke", given)
    assert {key: config[key] for key in expected} == expected
    assert "other" not in config


def test_tags_are_sorted_and_none_at_once_is_no_limit(port):
    config = said(port, "/echo/invoke", {"tags": ["é", "b", "a", "b"], "max_concurrency": 0})
    assert config["tags"] == ["a", "b", "é"]
    assert "max_concurrency" not in config


def test_values_that_fit_the_schema_and_are_no_use(port):
    nothing = {"configurable": {"answers": []}}
    status, sentence = said(port, "/answering/invoke", nothing)
    assert (status, "responses" in sentence) == (422, True)
    stream = ask(port, "/answering/stream", {"input": "x", "config": nothing})
    assert '"status_code": 422' in stream.text


def test_the_run_id_of_a_hash(port):
    one, two = "11111111-2222-4333-8444-555555555555", "22222222-3333-4444-8555-666666666666"
    base = f"/echo/c/{packed({'run_id': one})}"

    def run_ids(endpoint, body):
        metadata = json.loads(ask(port, f"{base}/{endpoint}", body).body)["metadata"]
        return metadata.get("run_ids") or metadata["run_id"]

    assert run_ids("invoke", {"input": 1}) == one
    assert run_ids("invoke", {"input": 1, "config": {"run_id": two}}) == two
    first, second = run_ids("batch", {"inputs": [1, 2]})
    assert first == one and second != one
    answer = ask(port, f"/echo/c/{packed({'run_id': '1'})}/batch", {"inputs": []})
    assert json.loads(answer.body)["detail"][0]["type"] == "uuid_parsing"


@pytest.mark.parametrize("text", ["zzzz", "N", packed([]), packed("{}"), packed(1), "Q", "%C3%A9",
                                  lzstring.compressToEncodedURIComponent("{" * 70000),
                                  lzstring.compressToEncodedURIComponent('{"a": "\ud800"}')])
@pytest.mark.parametrize("endpoint, body", [("invoke", {"input": 1}), ("batch", {"inputs": []}),
                                            ("stream", {"input": 1}), ("input_schema", None)])
def test_a_hash_that_is_none(port, text, endpoint, body):
    answer = ask(port, f"/plain/c/{text}/{endpoint}", body)
    assert (answer.status, answer.body) == (400, b'{"detail":"Invalid config hash"}')


def test_a_hash_that_does_not_fit(port):
    hot = packed({"configurable": {"temperature": "hot"}})
    for path, body in ((f"/plain/c/{hot}/invoke", {"input": 1}),
                       (f"/plain/c/{hot}/config_schema", None)):
        answer = ask(port, path, body)
        assert answer.status == 422
        assert json.loads(answer.body)["detail"][0]["loc"] == ["configurable", "temperature"]
    for body in ({"input": 1}, None):
        path = f"/closed/c/{packed({'configurable': {}})}/{'invoke' if body else 'input_schema'}"
        assert "disallowed" in json.loads(ask(port, path, body).body)["detail"]
    assert said(port, f"/closed/c/{packed({'tags': ['x']})}/invoke") == "[small t=0.7]"


@pytest.mark.parametrize("path", ["/plain/c//invoke", "/plain/c/invoke", "/plain/c/N4XyA/health",
                                  "/plain/c/N4XyA/c/N4XyA/invoke", "/c/N4XyA/health",
                                  "/plain/c/a%2Fb/invoke", "/secured_rest/c/N4XyA"])
def test_paths_without_a_hash(port, path):
    assert ask(port, path, {"input": 1}).status in (404, 400)


def test_slashes_behind_a_hash_are_redirected(port):
    answer = ask(port, "/plain/c/N4XyA/invoke//?a=b", {"input": 1})
    assert answer.status == 307 and answer.headers["location"].endswith(
        "/plain/c/N4XyA/invoke?a=b")


# ---- what nobody reads ----


def test_ids_that_the_chain_does_not_have_are_named(port):
    header = "x-langserved-ignored-config"
    given = {"configurable": {"temperature": 1, "foo": 1, "a b\r\nx: é": 2}}
    named = ask(port, "/plain/invoke", {"input": "x", "config": given}).headers[header]
    assert named == "configurable.foo, configurable.a%20b%0D%0Ax%3A%20%C3%A9"
    batch = ask(port, f"/plain/c/{packed({'configurable': {'hash': 1}})}/batch",
                {"inputs": ["x", "y"], "config": [{"configurable": {"foo": 1}}] * 2})
    assert batch.headers[header] == "configurable.hash, configurable.foo"
    assert ask(port, "/plain/stream", {"input": "x", "config": given}).headers[header] == named
    assert ask(port, f"/plain/c/{packed(given)}/input_schema").headers[header] == named
    few = ask(port, "/plain/invoke", {"input": "x", "config": {"tags": [], "configurable": {}}})
    assert header not in few.headers


def test_the_header_is_short(port):
    many = {"x" * 300 + str(i): i for i in range(500)}
    answer = ask(port, "/plain/invoke", {"input": "x", "config": {"configurable": many}})
    named = answer.headers["x-langserved-ignored-config"]
    assert answer.status == 200 and 0 < len(named) <= 512
    assert set(named.split(", ")) == {"configurable." + "x" * 64}


# ---- config_from, deny ----


def test_headers_and_cookies_set_the_config(port):
    assert said(port, "/from/invoke") == "[small t=0.7]"
    sent = ("x-temperature", "0.25"), ("cookie", 'a=b; model="large"; model=small')
    client = {"configurable": {"temperature": 0.9}}
    assert said(port, "/from/invoke", client, *sent) == "[large-1 t=0.25]"
    assert said(port, "/from/invoke", client, *sent[1:]) == "[large-1 t=0.9]"
    batch = ask(port, "/from/batch", {"inputs": ["x", "y"], "config": [client, {}]}, *sent)
    assert json.loads(batch.body)["output"] == ["[large-1 t=0.25]"] * 2
    assert ask(port, "/from/input_schema", None, ("x-temperature", "hot")).status == 200


def test_their_values_are_checked_as_a_clients(port):
    status, detail = said(port, "/from/invoke", None, ("x-temperature", "hot"),
                          ("cookie", "model=huge"))
    assert status == 422
    assert detail[0]["type"] == "float_parsing" and detail[0]["input"] == "hot"
    assert detail[0]["loc"] == ["configurable", "temperature"]
    status, detail = said(port, "/from/invoke", None, ("cookie", "model=huge"))
    assert status == 422 and detail[0]["loc"] == ["configurable", "model_name"]


def test_a_route_may_set_what_clients_may_not(port):
    missing = {"type": "missing", "loc": ["header", "x-temperature"], "msg": "Field required",
               "input": None}
    assert said(port, "/from_closed/invoke") == (422, [missing])
    sent = ("x-temperature", "0.5")
    assert said(port, "/from_closed/invoke", None, sent) == "[small t=0.5]"
    status, detail = said(port, "/from_closed/invoke", {"configurable": {}}, sent)
    assert status == 422 and "disallowed" in detail


def test_values_of_all_types(port):
    run = "11111111-2222-4333-8444-555555555555"
    config = said(port, "/who/invoke", None, ("cookie", "user=Zoë"), ("x-age", "41"),
                  ("x-here", "true"), ("x-at-once", "3"), ("x-run", run))
    assert config["metadata"] == {"user": "Zoë", "age": 41, "here": True}
    assert config["max_concurrency"] == 3
    for name, value in (("x-age", "old"), ("x-here", "perhaps"), ("x-run", "1")):
        assert said(port, "/who/invoke", None, (name, value))[0] == 422
    answer = ask(port, "/who_rest", {}, ("cookie", "user=Zoe"))
    assert json.loads(answer.body)["metadata"] == {"user": "Zoe"}


def test_deny(port):
    assert said(port, "/who/invoke", None, ("x-deny", "1")) == (451, "no")
    assert said(port, "/who/invoke", None, ("x-deny", ""))["metadata"] == {}
    assert said(port, "/who/invoke", None, ("cookie", "x; banned=yes")) == (403, "never")
    assert said(port, "/who/invoke", None, ("cookie", "banned=no"))["metadata"] == {}
    assert ask(port, "/who/batch", {"inputs": []}, ("x-deny", "1")).status == 451
    assert ask(port, "/who/batch", {"inputs": [], "config": []}, ("x-deny", "1")).status == 200
    assert ask(port, "/who/invoke", [], ("x-deny", "1")).status == 422
    assert ask(port, "/who/input_schema", None, ("x-deny", "1")).status == 200


# ---- require ----


def test_require(port):
    token, any_, session = ("x-token", "s3cret"), ("x-any", "1"), ("cookie", "session=")
    for path, body in (("/secured/invoke", {"input": 1}), ("/secured/input_schema", None),
                       ("/secured/c/N4XyA/stream", {"input": 1})):
        assert ask(port, path, body, token, any_, session).status == 200
        assert ask(port, path, body, ("x-token", "old"), any_, session).status == 200
        wrong = ask(port, path, body, ("x-token", "s3creT"))
        assert (wrong.status, wrong.body) == (401, b'{"detail":"who?"}')
        missing = json.loads(ask(port, path, body).body)["detail"]
        assert [error["loc"] for error in missing] == [["header", "x-token"], ["header", "x-any"],
                                                       ["cookie", "session"]]
        assert not any("url" in error for error in missing)
    assert ask(port, "/secured/nothing", {}).status == 404
    assert ask(port, "/secured/invoke").status == 405
    assert ask(port, "/secured/invoke", "no object").status == 422
    assert ask(port, "/secured_rest", 1).status == 422
    assert ask(port, "/secured_rest", 1, ("x-token", "b")).status == 403
    assert ask(port, "/secured_rest", 1, ("x-token", "a")).body == b"1"
