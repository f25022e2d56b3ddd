"""Attacks that LangChain's family and its neighbours fell for, named by their CVE."""

import json

import pytest
import servers
from langchain_core.load import load
from langserve import RemoteRunnable
from raw import one, post

CANARY = "canary-of-the-environment"
APP = """
models:
  fake: {provider: fake, echo: true}
  gpt: {provider: openai, model: m, api_key: "${UPSTREAM_KEY}", base_url: "UPSTREAM/v1", max_retries: 0}
chains:
  see: {prompt: [[human, [{type: text, text: "{x}"}, {type: image_url, image_url: {url: "{picture}"}}]]]}
routes:
  /same: {chain: passthrough, input: {}, config_keys: [configurable, tags, metadata, run_id]}
  /say: {chain: [{prompt: "Say {x}"}, fake, str], config_keys: [configurable, tags, metadata]}
  /mustache: {chain: [{prompt: "Say {{x}}", format: mustache}, fake, str]}
  /gpt:
    chain: {model: gpt, configurable: {fields: {temperature: {}}}}
    config_keys: [configurable, tags, metadata]
  /see: {chain: [see, gpt, str]}
  /asks: {chain: [gpt, str], callback_events: true}
  /xml: {chain: [gpt, {parse: xml}]}
  /mine:
    chain: {lambda: config.metadata}
    config_keys: [metadata, configurable]
    config_from: {metadata.user: {header: x-user, required: true}}
"""


def app(upstream):
    return APP.replace('"UPSTREAM/v1"', f'"{upstream.url}/v1"')


@pytest.fixture
def upstream(trap):
    upstream = trap()
    upstream.says("hello")
    return upstream


@pytest.fixture
def server(serve, upstream):
    return serve(app(upstream), env={"UPSTREAM_KEY": "canary-key", "OPENAI_API_KEY": CANARY})


def call(server, path, value, *headers, **frame):
    return one(server.port, post(path, {"input": value, **frame}, *headers))


SECRET = {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}
CONSTRUCTORS = [
    SECRET,
    {"lc": 1, "type": "constructor", "id": ["langchain_core", "prompts", "prompt", "PromptTemplate"],
     "kwargs": {"template": "{x.__class__}", "input_variables": ["x"], "template_format": "jinja2"}},
    {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"],
     "kwargs": {"content": SECRET}},
    {"lc": 2, "type": "constructor", "id": ["os", "system"], "kwargs": {"command": "id"}},
    {"lc": 1, "type": "not_implemented", "id": ["builtins", "eval"], "repr": "eval"},
    {"type": "constructor", "lc": 2, "method": [None, "construct"], "id": ["pathlib", "Path"],
     "args": ["/etc/passwd"]},
]


def deep(value, depth):
    for i in range(depth):
        value = {"a": value} if i % 2 else [value]
    return value


@pytest.mark.parametrize("depth", [0, 1, 2, 7])
@pytest.mark.parametrize("number", range(len(CONSTRUCTORS)))
def test_cve_2025_68664_68665_64439_nothing_is_made_of_lc(server, number, depth):
    """langchain-core, its JavaScript twin and langgraph made objects of what only looked like them."""
    value = deep(CONSTRUCTORS[number], depth)
    config = {"metadata": {"m": value}, "configurable": {"c": value}, "tags": ["t"]}
    answer = call(server, "/same/invoke", value, config=config)
    assert answer.status == 200 and json.loads(answer.body)["output"] == value
    texts = [answer.body]
    for endpoint in ("stream", "stream_log", "stream_events", "batch"):
        frame = {"inputs": [value]} if endpoint == "batch" else {"input": value}
        told = one(server.port, post(f"/same/{endpoint}", {**frame, "config": config}))
        assert told.status == 200
        texts.append(told.body)
    assert CANARY.encode() not in b"".join(texts) + server.log().encode()


def test_cve_2025_68664_the_client_gets_what_was_sent(server, monkeypatch):
    """LangServe's own client revives nothing of it either: it is data on both ways."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    remote = RemoteRunnable(server.url + "/same")
    for value in CONSTRUCTORS:
        assert remote.invoke({"x": value}) == {"x": value}
        assert list(remote.stream({"x": value})) == [{"x": value}]
    assert CANARY not in server.log()


def test_cve_2025_68664_what_a_model_says_is_text(server, upstream):
    upstream.says(json.dumps(SECRET))
    for endpoint, frame in (("invoke", {}), ("batch", {"inputs": ["x", "y"]})):
        answer = call(server, f"/asks/{endpoint}", "x", **frame)
        assert answer.status == 200 and b"OPENAI_API_KEY" in answer.body
        assert CANARY.encode() not in answer.body


def test_cve_2025_68664_traces_revive_nothing_of_a_user(serve, upstream, trap, monkeypatch):
    """LangSmith's messages are constructors; a user's mappings in them must stay mappings."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    told = trap()
    server = serve(app(upstream), env={
        "UPSTREAM_KEY": "k", "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k",
        "LANGSMITH_ENDPOINT": told.url})
    sent = {"type": "human", "content": [{"type": "text", "text": "x", "extra": SECRET}],
            "additional_kwargs": {"a": SECRET, "b": [{"__lc_escaped__": SECRET}], "c": {"lc": 1}}}
    assert call(server, "/gpt/invoke", [sent]).status == 200
    server.stop()
    (run, ) = [run for _, _, body in told.came if body for run in json.loads(body).get("post", [])
               if run["run_type"] == "llm"]
    assert CANARY not in json.dumps(run)
    ((message, ), ) = load(run["inputs"], secrets_from_env=True)["messages"]
    assert CANARY not in repr(message)
    assert (message.content, message.additional_kwargs) == (sent["content"], sent["additional_kwargs"])


ELSEWHERE = ["base_url", "openai_api_base", "api_base", "openai_proxy", "endpoint", "host", "url",
             "api_key", "headers", "default_headers", "model_kwargs"]


def test_cve_2024_6587_a_client_does_not_choose_where_the_key_goes(server, upstream, trap):
    """LiteLLM took the server's address out of the request, and sent it the operator's key."""
    other = trap()
    values = {name: other.url for name in ELSEWHERE}
    for frame in ({"config": {"configurable": values, "metadata": values}},
                  {"kwargs": values}, {"config": values, **values}):
        assert call(server, "/gpt/invoke", "x", **frame).status == 200
    assert call(server, "/gpt/invoke", "x", f"Host: {other.url[7:]}").status == 400  # a second Host
    assert not other.came
    assert {headers["authorization"] for _, headers, _ in upstream.came} == {"Bearer canary-key"}
    assert not any(other.url.encode() in body for _, _, body in upstream.came)


ASKS_WHERE = """
models:
  gpt: {provider: openai, model: m, api_key: "${UPSTREAM_KEY}", base_url: "URL/v1", max_retries: 0}
routes:
  /free: {chain: {model: gpt, configurable: {fields: {base_url: {}}}}}
  /listed: {chain: {model: gpt, configurable: {fields: {base_url:
            {options: {here: "URL/v1", there: "OTHER/v1"}, default: here}}}}}
  /remote: {chain: {remote: "URL/x", headers: {Authorization: "${UPSTREAM_KEY}"}, max_retries: 0,
            configurable: {fields: {remote: {}}}}}
"""


def test_cve_2024_6587_an_address_that_a_run_may_say_is_a_public_one(serve, upstream, trap):
    """Where the file lets runs say it: only public ones, without the key; those of the file may be any."""
    other = trap()
    other.says("there")
    server = serve(ASKS_WHERE.replace("URL", upstream.url).replace("OTHER", other.url),
                   env={"UPSTREAM_KEY": "canary-key"})

    def status(path, **values):
        return call(server, path, "x", config={"configurable": values}).status

    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"):
        url = f"http://{host}:{other.server_port}"
        assert status("/free/invoke", base_url=url) >= 400
        assert status("/free/invoke", base_url=url, api_key="mine") >= 400
        assert status("/remote/invoke", remote=url + "/${UPSTREAM_KEY}") >= 400
    assert not other.came
    assert status("/listed/invoke", base_url="there") == 200
    assert status("/free/invoke", base_url=upstream.url + "/v1") == 200
    for server in (upstream, other):
        assert [headers["authorization"] for _, headers, _ in server.came] == ["Bearer canary-key"]


@pytest.mark.parametrize("name", ["record", "replay", "replay_timing"])
def test_no_run_names_a_file(name, tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text("routes: {/x: {chain: {model: {provider: openai, api_key: k}, "
                   f"configurable: {{fields: {{{name}: {{}}}}}}}}}}}}\n")
    done = servers.check(app)
    assert done.returncode == 2 and f"'{name}' is the same for all runs" in done.stderr


def test_cve_2022_27774_and_27776_a_redirect_gets_no_key(serve, trap):
    """curl took credentials along; we do not go there at all."""
    other = trap()
    for status in (301, 302, 303, 307, 308):
        away = trap(status=status, headers=[("location", other.url + "/v1/chat/completions")])
        server = serve(app(away), env={"UPSTREAM_KEY": "k"})
        assert call(server, "/gpt/invoke", "x").status == 500
        assert len(away.came) == 1
    assert not other.came


IMAGES = ["http://127.0.0.1:{port}/x.png", "file:///etc/passwd", "/etc/passwd",
          "http://[::ffff:127.0.0.1]:{port}/", "http://0x7f.1:{port}/", "http://2130706433:{port}/"]


@pytest.mark.parametrize("image", IMAGES)
def test_cve_2026_26013_2026_41488_2024_10940_no_image_is_fetched_or_read(server, upstream, trap,
                                                                          image):
    """langchain-openai asked for images to count their tokens; ImagePromptTemplate read files."""
    other = trap()
    url = image.format(port=other.server_port)
    assert call(server, "/see/invoke", {"x": "look", "picture": url}).status == 200
    content = [{"type": "image_url", "image_url": {"url": url}}]
    assert call(server, "/asks/invoke", [{"type": "human", "content": content}]).status == 200
    assert not other.came
    for _, _, body in upstream.came:
        sent = json.loads(body)["messages"][0]["content"]
        assert [part for part in sent if part["type"] == "image_url"] == content  # as it was said


REFUSED = [("{x.__class__}", ""), ("{x[0]}", ""), ("{x.__init__.__globals__}", ""),
           ("{{#x}}", ", format: mustache"), ("{{ x.__class__ }}", ", format: jinja2")]


@pytest.mark.parametrize("template, more", REFUSED)
def test_cve_2025_65106_templates_reach_no_attributes(template, more, tmp_path):
    """langchain-core's templates looked into Python's objects."""
    (tmp_path / "app.yaml").write_text(
        f'routes: {{/x: {{chain: {{prompt: "{template}"{more}}}}}}}\n')
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode == 2 and ": error: " in done.stderr


@pytest.mark.parametrize("value", ["{x.__class__}", "{{x}}", "{{7*7}}", "{% for a in b %}", "${HOME}",
                                   "{x!r:>9999999}", "{{{x}}}", "$(id)", "`id`", "os.execute('id')",
                                   "__import__('os').system('id')", "<%= 7*7 %>", "#{7*7}"])
@pytest.mark.parametrize("path", ["/say", "/mustache"])
def test_cve_2025_3248_2026_33017_2023_29374_what_is_sent_is_never_run(server, path, value):
    """Langflow and LangChain's PALChain ran code out of requests and answers."""
    answer = call(server, path + "/invoke", {"x": value},
                  config={"configurable": {"lambda": value, "code": value, "template": value}})
    said = json.loads(answer.body)["output"]
    assert said == "Say " + value or path == "/mustache" and "49" not in said and "uid=" not in said


def test_cve_2024_1455_and_2025_6984_xml_has_no_entities(server, upstream):
    """LangChain's XML parser let a billion laughs pass, its loaders read files."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    for document in (f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]><x>&l9;</x>',
                     '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'):
        upstream.says(document)
        answer = call(server, "/xml/invoke", "x")
        assert b"root:" not in answer.body and b"lollol" not in answer.body
        assert len(answer.body) < 10_000


def test_an_identity_is_not_written_over(server):
    """LangSmith's Agent Builder dropped a NUL in a key, and then had two of them."""
    keys = ['"user"', '"user\\u0000"', '"\\u0000user"', '"us\\u0065r"', '"user ", "user"']
    for key in keys:
        body = b'{"input": 1, "config": {"metadata": {%s: "eve"}}}' % key.replace(
            '", "', '": 1, "').encode()
        answer = one(server.port, post("/mine/invoke", body, "X-User: ann"))
        assert answer.status == 422 or json.loads(answer.body)["output"]["user"] == "ann", key
        assert answer.status == 200 or "\\u0000" in key
    twice = b'{"input": 1, "config": {"metadata": {"user": "ann"}, "metadata": {"user": "eve"}}}'
    assert json.loads(one(server.port, post("/mine/invoke", twice, "X-User: ann")).body)["output"][
        "user"] == "ann"
    assert one(server.port, post("/mine/invoke", twice)).status == 422  # and it cannot be left out


SESSIONS = ["ann", "' OR '1'='1", "ann' --", "*", "an?", "a\r\nDEL x\r\n", "ann\\", '"ann"', "%",
            "$..*", "@ann", "ann:1", "ann\x01", "ＡＮＮ", "ANN", " ann", "key:ann", "{ann}"]


def test_cve_2025_67644_2025_8709_2026_27022_ids_are_data(serve, store):
    """langgraph's stores spliced keys and filters into SQL and into Redis' queries."""
    server = serve(store + """
routes: {/list: {chain: {chain: passthrough, history: {}}, input: {}, output: {}}}
""")
    for turn in range(2):
        for session in SESSIONS:
            answer = call(server, "/list/invoke", f"{session} {turn}",
                          config={"configurable": {"session_id": session}})
            said = [message["content"] for message in json.loads(answer.body)["output"]]
            # Of its own conversation alone: what was asked, and kept with the list it became.
            assert said and all(text.rpartition(" ")[0] == session for text in said), session
            assert (turn == 1) == (len(said) > 1)
    log = server.log()
    assert "store_failed" not in log
