"""What LangServe's own tests of server and client check, asked of langserved.

docs/compatibility.md says which of these tests stands for which of LangServe's.  The client is
langserve's own, unmodified; what it does not show is asked over plain HTTP.
"""

import asyncio
import datetime
import enum
import json
import uuid

import httpx
import orjson
import pytest
import servers
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompt_values import StringPromptValue
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_core.tracers import BaseTracer, RunLogPatch
from langserve import RemoteRunnable
from langserve.callbacks import AsyncEventAggregatorCallback
from langserve.lzstring import LZString
from langserve.serialization import Serializer

# The client closes its connections when it is collected, on an event loop that is gone by then.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HELLO = HumanMessage("hello")
RUN = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
IDS = ["00000000-0000-0000-0000-000000000009", "00000000-0000-0000-0000-00000000000e"]
RUN_ENDPOINTS = ["invoke", "batch", "stream", "stream_log", "stream_events"]
PAGES = ["input_schema", "output_schema", "config_schema", "playground/index.html"]


@pytest.fixture(scope="module")
def behaviours(tmp_path_factory):
    """langserved with behaviours.yaml."""
    folder = tmp_path_factory.mktemp("behaviours")
    server = servers.langserved(servers.TESTS / "e2e" / "behaviours.yaml", folder,
                                env={"BEHAVIOURS_STORE": str(folder / "store.db"),
                                     "LANGSMITH_TRACING": "false"}).start()
    yield server
    server.stop_cleanly()


@pytest.fixture
def remote(behaviours):
    """remote("/plus_one") is that route's client; it loads no certificates, which takes long."""
    return lambda path="", **options: RemoteRunnable(behaviours.url + path, timeout=30,
                                                     verify=False, **options)


@pytest.fixture
def http(behaviours):
    with httpx.Client(base_url=behaviours.url, timeout=30) as client:
        yield client


class Tracer(BaseTracer):
    """Keeps the trees of runs that it is told of."""

    def __init__(self):
        super().__init__()
        self.trees = []

    def _persist_run(self, run):
        self.trees.append((run.name, [child.name for child in run.child_runs]))


REMOTE_TREE = ("RemoteRunnable", ["plus_one_or_same"])


async def collect(stream):
    return [chunk async for chunk in stream]


def status_of(call):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        call()
    return caught.value.response.status_code


def body_of(endpoint, value):
    return {"inputs": [value, value]} if endpoint == "batch" else {"input": value}


def events_in(text):
    """[(name, data)] of a stream of events; the data of the last one, `end`, is None."""
    events = []
    for block in text.removesuffix("\r\n\r\n").split("\r\n\r\n"):
        name, _, data = block.partition("\r\n")
        events.append((name.removeprefix("event: "),
                       json.loads(data.removeprefix("data: ")) if data else None))
    return events


def packed(config):
    return LZString.compressToEncodedURIComponent(json.dumps(config))


def bare(events):
    """Events without what differs from run to run; none tells internal metadata."""
    for event in events:
        assert event.pop("run_id")
        assert not any(key.startswith("__") for key in event.pop("metadata"))
        event.pop("parent_ids")
    return events


def event(kind, name, tags=(), **data):
    return {"event": kind, "name": name, "tags": list(tags), "data": data}


# the server over plain HTTP


def test_invoke_batch_and_schemas_over_http(http):
    answer = http.post("/invoke", json={"input": 1}).json()
    assert answer["output"] == 2
    assert [e["type"] for e in answer["callback_events"]] == ["on_chain_start", "on_chain_end"]
    answer = http.post("/batch", json={"inputs": [2, 3]}).json()
    assert answer["output"] == [3, 4]
    assert [[e["type"] for e in one] for one in answer["callback_events"]] == [
        ["on_chain_start", "on_chain_end"]] * 2
    for schema in ("input", "output", "config"):
        told = http.get(f"/{schema}_schema").json()
        assert told["title"] == f"plus_one_or_same_{schema}"


def test_streams_over_http(http):
    answer = http.post("/stream", json={"input": 1})
    [(_, metadata), *rest] = events_in(answer.text)
    assert uuid.UUID(metadata["run_id"]).version == 4
    assert answer.text == (f'event: metadata\r\ndata: {{"run_id": "{metadata["run_id"]}"}}\r\n\r\n'
                           "event: data\r\ndata: 2\r\n\r\nevent: end\r\n\r\n")
    assert http.post("/stream_log", json={"input": 1}).text.startswith("event: data\r\n")


@pytest.mark.parametrize("endpoint", RUN_ENDPOINTS)
def test_bad_requests(http, endpoint):
    bad = [b"bad json []", b"{}", b"[]"]
    bad += [json.dumps({**body_of(endpoint, 1), "config": {"tags": [[]]}}).encode()]
    if endpoint == "batch":
        bad += [json.dumps({"inputs": [1, 2], "config": [{"tags": [t]} for t in "abc"]}).encode()]
    for body in bad:
        assert http.post(f"/{endpoint}", content=body).status_code == 422, body


def test_events_over_http(http):
    *events, end = events_in(http.post("/stream_events", json={"input": 1}).text)
    assert end == ("end", None)
    assert bare([data for _, data in events]) == [
        event("on_chain_start", "plus_one_or_same", input=1),
        event("on_chain_stream", "plus_one_or_same", chunk=2),
        event("on_chain_end", "plus_one_or_same", output=2)]


def test_config_of_hash_and_body(http):
    base, config = f"/config/c/{packed({'tags': ['test']})}", {"tags": ["another-one"]}
    want = {"tags": ["another-one", "test"], "configurable": {}}

    def without_metadata(output):
        return {key: value for key, value in output.items() if key != "metadata"}

    output = http.post(base + "/invoke", json={"input": 1, "config": config}).json()["output"]
    assert without_metadata(output) == want
    outputs = http.post(base + "/batch", json={"inputs": [1], "config": config}).json()["output"]
    assert [without_metadata(one) for one in outputs] == [want]
    events = events_in(http.post(base + "/stream", json={"input": 1, "config": config}).text)
    assert [name for name, _ in events] == ["metadata", "data", "end"]
    assert without_metadata(events[1][1]) == want


def test_config_keys_choose(http):
    config = {"tags": ["seen"], "metadata": {"a": 5}, "configurable": {"b": 1}}
    seen = http.post("/config/invoke", json={"input": 1, "config": config}).json()["output"]
    assert seen == {"tags": ["seen"], "metadata": {"a": 5}, "configurable": {}}
    seen = http.post("/by_header/invoke", json={"input": 1, "config": config},
                     headers={"x-user": "ann"}).json()["output"]
    assert seen["tags"] == [] and "a" not in seen["metadata"]


def events_of_plus_one(number):
    return [
        {"run_id": None, "parent_run_id": None, "tags": [], "metadata": {}, "serialized": None,
         "inputs": number, "kwargs": {"name": "/with_events", "run_type": None},
         "type": "on_chain_start"},
        {"run_id": None, "parent_run_id": None, "tags": [], "metadata": None,
         "outputs": number + 1, "kwargs": {}, "type": "on_chain_end"}]


def test_callback_events(http):
    answer = http.post("/with_events/invoke", json={"input": 1}).json()
    run_id = answer["metadata"].pop("run_id")
    assert {e["run_id"] for e in answer["callback_events"]} == {run_id}
    told = [{**e, "run_id": None} for e in answer["callback_events"]]
    assert [told, answer["output"], answer["metadata"]] == [
        events_of_plus_one(1), 2, {"feedback_tokens": []}]


def test_callback_events_of_a_batch(http):
    answer = http.post("/with_events/batch", json={"inputs": [1, 2]}).json()
    run_ids = answer["metadata"]["run_ids"]
    assert [{e["run_id"] for e in one} for one in answer["callback_events"]] == [
        {run_id} for run_id in run_ids]
    assert answer["metadata"]["responses"] == [
        {"run_id": run_id, "feedback_tokens": []} for run_id in run_ids]
    assert [[{**e, "run_id": None} for e in one] for one in answer["callback_events"]] == [
        events_of_plus_one(1), events_of_plus_one(2)]


def test_run_ids_are_given(http):
    assert uuid.UUID(http.post("/invoke", json={"input": 1}).json()["metadata"]["run_id"])
    ids = http.post("/batch", json={"inputs": [1, 2]}).json()["metadata"]["run_ids"]
    assert len({uuid.UUID(one) for one in ids}) == 2


def test_run_ids_of_the_client(http):
    def post(endpoint, body):
        return http.post(f"/client_ids/{endpoint}", json=body).raise_for_status()

    one = {"input": "x", "config": {"run_id": IDS[0]}}
    assert post("invoke", one).json()["metadata"]["run_id"] == IDS[0]
    metadata = post("batch", {"inputs": ["x", "y"],
                              "config": [{"run_id": i} for i in IDS]}).json()["metadata"]
    assert [one["run_id"] for one in metadata["responses"]] == metadata["run_ids"] == IDS
    for endpoint in ("stream", "stream_events"):
        assert events_in(post(endpoint, one).text)[0][1]["run_id"] == IDS[0]
    assert events_in(post("stream_log", one).text)[0][1]["ops"][0]["value"]["id"] == IDS[0]


# the client, both ways


def test_invoke_and_ainvoke(remote):
    for invoke in (remote().invoke, lambda *a: asyncio.run(remote().ainvoke(*a))):
        assert invoke(1) == 2
        assert invoke(HELLO) == HELLO
        assert invoke(1, {"tags": ["test"]}) == 2
        tracer = Tracer()
        assert invoke(1, {"callbacks": [tracer]}) == 2
        assert tracer.trees == [REMOTE_TREE]


def test_batch_and_abatch(remote):
    for batch in (remote().batch, lambda *a: asyncio.run(remote().abatch(*a))):
        assert batch([]) == []
        assert batch([1, 2, 3]) == [2, 3, 4]
        assert batch([HELLO]) == [HELLO]
        shared, single, mine, yours = Tracer(), Tracer(), Tracer(), Tracer()
        assert batch([1, 2], {"callbacks": [shared]}) == [2, 3]
        assert batch([1], {"callbacks": [single]}) == [2]
        assert batch([1, 2], [{"callbacks": [mine]}, {"callbacks": [yours]}]) == [2, 3]
        assert shared.trees == [REMOTE_TREE] * 2
        assert single.trees == mine.trees == yours.trees == [REMOTE_TREE]


def test_stream_and_astream(remote):
    for stream in (lambda *a: list(remote().stream(*a)),
                   lambda *a: asyncio.run(collect(remote().astream(*a)))):
        assert status_of(lambda: stream("foo")) == 422
        assert stream(1) == [2]
        assert stream(HELLO) == [HELLO]


def log_of(client, value, **options):
    return asyncio.run(collect(client.astream_log(value, **options)))


@pytest.mark.parametrize("path, name", [("", "plus_one_or_same"), ("/plus_one", "/plus_one")])
def test_astream_log(remote, path, name):
    assert status_of(lambda: log_of(remote(path), "foo")) == 422
    assert status_of(lambda: log_of(remote(path), 1, include_names=[[]])) == 422
    for diff in (True, False):  # which the server has always passed over
        patches = log_of(remote(path), 1, diff=diff)
        if not diff:
            assert all(type(patch) is RunLogPatch for patch in patches)
        ops = [op for patch in patches for op in patch.ops]
        state = {"id": ops[0]["value"]["id"], "streamed_output": [], "final_output": None,
                 "logs": {}, "name": name, "type": "chain"}
        assert ops == [{"op": "replace", "path": "", "value": state},
                       {"op": "add", "path": "/streamed_output/-", "value": 2},
                       {"op": "replace", "path": "/final_output", "value": 2}]


def test_names_that_streams_may_tell(remote):
    """LangServe's list silences all or nothing; ours chooses among the steps."""
    def steps(path, **filters):
        ops = [op for patch in log_of(remote(path), 1, **filters) for op in patch.ops]
        assert {"op": "replace", "path": "/final_output", "value": 4} in ops
        return [op["path"].removeprefix("/logs/") for op in ops
                if op["path"].count("/") == 2 and op["path"].startswith("/logs/")]

    assert steps("/steps") == ["plus_one", "times_two"]
    assert steps("/steps_named") == steps("/steps_named", include_names=["plus_one"]) == ["plus_one"]
    assert steps("/steps_named", include_names=["times_two"]) == []
    for filters in ({}, {"include_tags": []}, {"include_types": []}, {"include_names": []},
                    {"include_names": ["plus_one"]}):
        assert steps("/steps_hidden", **filters) == []


def test_as_part_of_a_sequence(remote):
    def later(call):
        return asyncio.run(call(remote() | local))

    local = RunnableLambda(lambda x: x + 1 if isinstance(x, int) else x)
    chain = remote() | local
    configs = [{"tags": ["test"]}, {"tags": ["test2"], "other": "test"}]
    for config in (None, configs[0]):
        assert chain.invoke(1, config) == later(lambda c: c.ainvoke(1, config)) == 3
        assert chain.batch([1, 2], config) == later(lambda c: c.abatch([1, 2], config)) == [3, 4]
        assert list(chain.stream(1, config)) == [3]
        assert later(lambda c: collect(c.astream(1, config))) == [3]
    assert later(lambda c: c.abatch([1, 2], configs)) == [3, 4]
    with pytest.raises(ValueError):
        later(lambda c: c.abatch([1, 2], configs[:1]))
    assert later(lambda c: collect(c.astream(HELLO, configs[0]))) == [HELLO]
    for value in (1, HELLO):
        first = log_of(remote() | local, value)[0].ops[0]
        assert (first["op"], first["path"], first["value"]["name"]) == ("replace", "",
                                                                        "RunnableSequence")


def test_many_routes(remote):
    plus_one, times_two = remote("/plus_one"), remote("/times_two")
    assert (plus_one.invoke(1), times_two.invoke(4)) == (2, 8)
    assert (plus_one | times_two).invoke(3) == 8
    assert asyncio.run((plus_one | (lambda x: x + 1) | times_two).ainvoke(3)) == 10
    asked = {"question": "What is your name?"}
    assert remote("/question").invoke(asked) == StringPromptValue(text="What is your name?")
    assert remote("/question_and_answer").invoke({**asked, "answer": "Bob"}) == StringPromptValue(
        text="What is your name? Bob")


def test_wrong_inputs_raise(remote):
    assert remote("/plus_one").invoke(1) == 2
    assert status_of(lambda: asyncio.run(remote("/plus_one").ainvoke("hello"))) == 422
    assert status_of(lambda: asyncio.run(remote("/plus_one").abatch(["hello"]))) == 422


def test_inputs_of_messages(remote):
    path, well = "/messages", {"messages": [HELLO]}
    client = remote(path)
    for wrong in ("Hello", ["hello"], HELLO, [SystemMessage("hello")],
                  {"messages": [SystemMessage("hello")]}):
        assert status_of(lambda: asyncio.run(remote(path).ainvoke(wrong))) == 422
        assert status_of(lambda: asyncio.run(remote(path).abatch([wrong]))) == 422
    with pytest.raises(NotImplementedError):
        client.invoke(well, hello=2)
    assert status_of(lambda: client.invoke(well, {"tags": [["q"]]})) == 422
    for output in (client.invoke(well, {"tags": ["test"]}), *client.batch([well])):
        assert output == well and type(output["messages"][0]) is HumanMessage


def test_configurable_fields_and_alternatives(remote):
    client = remote("/say_and_answer")
    assert client.invoke({"name": "cat"}) == "say cat"
    assert client.invoke({"name": "foo"}, {"configurable": {"template": "hear {name}"}}) == "hear foo"
    assert client.invoke({"name": "foo"}, {"configurable": {"llm": "kitten"}}) == "hello Mr. Kitten!"
    assert status_of(lambda: remote("/no_configurable").invoke(
        {"name": "foo"}, {"configurable": {"template": "hear {name}"}})) == 422


TAGS = {"tags": {"default": None, "items": {"type": "string"}, "title": "Tags", "type": "array"}}


@pytest.mark.parametrize("path, want", [
    ("/plus_one/input_schema", {"title": "plus_one_input", "type": "integer"}),
    ("/plus_one/output_schema", {"title": "plus_one_output", "type": "integer"}),
    ("/plus_one/config_schema", {"title": "plus_one_config", "type": "object", "properties": {}}),
    ("/number/input_schema", {"title": "plus_one_input", "type": "number"}),
    ("/number/output_schema", {"title": "plus_one_output", "type": "number"}),
    ("/number/config_schema", {"title": "plus_one_config", "type": "object", "properties": TAGS}),
    ("/question/input_schema",
     {"title": "PromptInput", "type": "object", "required": ["question"],
      "properties": {"question": {"title": "Question", "type": "string"}}}),
    ("/say/input_schema",
     {"title": "PromptInput", "type": "object", "required": ["name"],
      "properties": {"name": {"title": "Name", "type": "string"}}}),
    ("/say/config_schema",
     {"$defs": {"Configurable": {
         "title": "Configurable", "type": "object",
         "properties": {"template": {"default": "say {name}", "description": "What is asked",
                                     "title": "Template", "type": "string"}}}},
      "properties": {"configurable": {"$ref": "#/$defs/Configurable", "default": None}, **TAGS},
      "title": "RunnableConfigurableFieldsConfig", "type": "object"}),
    ("/members/input_schema",
     {"$defs": {"Members": {
         "title": "Members", "type": "object", "required": ["foo", "bar"],
         "properties": {"foo": {"title": "Foo", "type": "string"},
                        "bar": {"title": "Bar", "type": "array", "items": {"type": "integer"}}}}},
      "$ref": "#/$defs/Members", "title": "members_input"}),
])
def test_schemas(http, path, want):
    assert http.get(path).json() == want


def test_schemas_of_prompts_say_what_comes(http):
    assert "StringPromptValue" in json.dumps(http.get("/question/output_schema").json())
    assert "StringPromptValue" in json.dumps(http.get("/say/output_schema").json())


def test_document_of_routes_that_are_alike(http):
    answer = http.get("/openapi.json")
    assert answer.status_code == 200
    assert {f"/{path}/invoke" for path in ("plus_one", "with_events", "question", "say")} <= set(
        answer.json()["paths"])


def test_stream_of_objects(remote):
    assert list(remote("/objects").stream("ignored")) == [{"a": "1"}, {"a": "2"}]
    assert asyncio.run(collect(remote("/objects").astream("ignored"))) == [{"a": "1"}, {"a": "2"}]


# errors


def kinds(callback):
    return [told["type"] for told in callback.callback_events]


def test_errors_of_the_server(remote):
    path, failed = "/one_two_error", ["on_chain_start", "on_chain_error"]
    first, second, third = (AsyncEventAggregatorCallback() for _ in range(3))
    assert status_of(lambda: asyncio.run(remote(path).ainvoke(1, {"callbacks": [first]}))) == 500
    assert status_of(lambda: asyncio.run(remote(path).abatch(
        [1, 2], [{"callbacks": [second]}, {"callbacks": [third]}]))) == 500
    assert kinds(first) == kinds(second) == kinds(third) == failed
    assert status_of(lambda: remote(path).invoke(1)) == 500
    assert status_of(lambda: remote(path).batch([1, 2])) == 500


def test_errors_within_streams(remote):
    async def later(chunks):
        async for chunk in remote("/one_two_error").astream({"a": 1}):
            chunks.append(chunk)

    def at_once(chunks):
        for chunk in remote("/one_two_error").stream({"a": 1}):
            chunks.append(chunk)

    for read in (at_once, lambda chunks: asyncio.run(later(chunks))):
        chunks = []
        with pytest.raises(httpx.HTTPStatusError) as caught:
            read(chunks)
        assert chunks == [1, 2]
        assert caught.value.response.status_code == 500
        assert caught.value.response.text == "Internal Server Error"
    assert status_of(lambda: log_of(remote("/one_two_error"), 1)) == 500


@pytest.mark.parametrize("routes, want", [
    ("foo: passthrough", "foo"),
    ("/foo: passthrough, /foo: str", "/foo"),
    ("/foo: passthrough, /foo/: str", "/foo"),
    ("/foo: {chain: passthrough, disabled_endpoints: [meow]}", "meow"),
    ("/foo: {chain: passthrough, endpoints: [meow]}", "meow"),
    ("/foo: not a runnable", "not a runnable"),
    ("/foo: 7", "a number is no chain"),
])
def test_mistakes_are_told_when_the_app_is_loaded(tmp_path, routes, want):
    (tmp_path / "app.yaml").write_text(f"routes: {{{routes}}}\n")
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode == 2 and want in done.stderr, done.stderr


# endpoints, headers, feedback


ALL_ENDPOINTS = [("POST", endpoint) for endpoint in RUN_ENDPOINTS] + [("GET", p) for p in PAGES]
WITH_HASHES = ALL_ENDPOINTS + [(method, f"c/1234/{endpoint}") for method, endpoint in ALL_ENDPOINTS]
FEEDBACK = [("HEAD", "feedback"), ("GET", "feedback"), ("POST", "token_feedback")]


def ask(http, method, path, **options):
    body = body_of(path.rpartition("/")[2], 1) if method == "POST" else None
    return http.request(method, path, json=body, **options).status_code


@pytest.mark.parametrize("method, endpoint", WITH_HASHES + FEEDBACK)
def test_endpoints_on_and_off(http, method, endpoint):
    assert ask(http, method, f"/all_off/{endpoint}") == 404
    off = {404} if endpoint == "feedback" else {404, 405}  # GET is no method of that endpoint
    assert ask(http, method, f"/all_on/{endpoint}") not in off
    if endpoint.startswith("c/"):
        assert ask(http, method, f"/hashes_off/{endpoint}") == 404
    else:
        assert ask(http, method, f"/hashes_off/{endpoint}") not in off


@pytest.mark.parametrize("method, endpoint", WITH_HASHES)
def test_required_headers(http, method, endpoint):
    path = f"/guarded/{endpoint}"
    assert ask(http, method, path) == 422
    assert ask(http, method, path, headers={"x-token": "wrong"}) == 400
    assert ask(http, method, path,
               headers={"x-token": "secret-token"}) == (400 if "1234" in endpoint else 200)


def test_headers_reach_the_config(http):
    answer = http.post("/by_header/invoke", json={"input": 1}, headers={"x-user": "ann"})
    assert answer.json()["output"]["metadata"]["user"] == "ann"


@pytest.mark.parametrize("endpoint", RUN_ENDPOINTS + PAGES)
def test_where_request_modifiers_count(http, endpoint):
    method = "POST" if endpoint in RUN_ENDPOINTS else "GET"
    refused = (422, 402) if endpoint in RUN_ENDPOINTS else (200, 200)
    path = f"/by_header/{endpoint}"
    assert (ask(http, method, path), ask(http, method, path, headers={"x-deny": "1"})) == refused


OPINION = {"run_id": RUN, "key": "silliness", "score": 1000}


def test_feedback(http):
    answer = http.post("/all_on/feedback", json=OPINION)
    assert answer.status_code == 200
    given = answer.json()
    assert uuid.UUID(given.pop("id"))
    assert datetime.datetime.fromisoformat(given.pop("created_at"))
    assert datetime.datetime.fromisoformat(given.pop("modified_at"))
    assert given == {**OPINION, "comment": None, "correction": None, "value": None}


def test_feedback_without_langsmith(http):
    assert http.post("/no_langsmith/feedback", json=OPINION).status_code == 400


def test_feedback_that_is_off(http):
    assert http.post("/feedback", json=OPINION).status_code == 404


def test_feedback_tokens_in_all_answers(http):
    def check(tokens):
        [token] = tokens
        assert list(token) == ["key", "token_url", "expires_at"] and token["key"] == "foo"
        assert datetime.datetime.fromisoformat(token["expires_at"])
        answer = http.post("/rated/token_feedback",
                           json={"token_or_url": token["token_url"], "score": 3})
        assert (answer.status_code, answer.text) == (200, "null")

    answer = http.post("/rated/invoke", json={"input": "x"}).json()
    assert answer["output"] == "hello"
    check(answer["metadata"]["feedback_tokens"])
    answer = http.post("/rated/batch", json={"inputs": ["x", "y"]}).json()
    assert answer["output"] == ["hello", "hello"]
    responses = answer["metadata"]["responses"]
    assert [one["run_id"] for one in responses] == answer["metadata"]["run_ids"]
    for one in responses:
        check(one["feedback_tokens"])
    for endpoint in ("stream", "stream_log", "stream_events"):
        events = events_in(http.post(f"/rated/{endpoint}", json={"input": "x"}).text)
        [metadata] = [data for name, data in events if name == "metadata"]
        check(metadata["feedback_tokens"])
        if endpoint == "stream":
            assert [name for name, _ in events] == ["metadata", "data", "end"]


# events


def events_of(client, value, **options):
    return asyncio.run(collect(client.astream_events(value, version="v2", **options)))


ONE, TWO = ["seq:step:1"], ["seq:step:2"]


def test_astream_events(remote):
    assert status_of(lambda: events_of(remote("/steps"), "foo")) == 422
    assert status_of(lambda: events_of(remote("/steps"), 1, include_names=[[]])) == 422
    assert bare(events_of(remote("/steps"), 1)) == [
        event("on_chain_start", "/steps", input=1),
        event("on_chain_start", "plus_one", ONE),
        event("on_chain_stream", "plus_one", ONE, chunk=2),
        event("on_chain_start", "times_two", TWO),
        event("on_chain_end", "plus_one", ONE, output=2, input=1),
        event("on_chain_stream", "times_two", TWO, chunk=4),
        event("on_chain_stream", "/steps", chunk=4),
        event("on_chain_end", "times_two", TWO, output=4, input=2),
        event("on_chain_end", "/steps", output=4)]


def test_astream_events_of_documents(remote):
    documents = [Document("foo", metadata={"a": "b"}), Document("oof")]
    assert bare(events_of(remote("/documents"), "foo")) == [
        event("on_chain_start", "/documents", input="foo"),
        event("on_chain_start", "two_documents", ONE),
        event("on_chain_stream", "two_documents", ONE, chunk=documents),
        event("on_chain_start", "first_text", TWO),
        event("on_chain_end", "two_documents", ONE, output=documents, input="foo"),
        event("on_chain_stream", "first_text", TWO, chunk="foo"),
        event("on_chain_stream", "/documents", chunk="foo"),
        event("on_chain_end", "first_text", TWO, output="foo", input=documents),
        event("on_chain_end", "/documents", output="foo")]


def test_astream_events_of_objects(remote):
    pets = [{"name": "foo", "age": 1}, {"name": "bar", "age": 2}]
    assert bare(events_of(remote("/pets"), "foo")) == [
        event("on_chain_start", "/pets", input="foo"),
        event("on_chain_stream", "/pets", chunk=pets),
        event("on_chain_end", "/pets", output=pets)]


def test_astream_events_of_what_cannot_be_sent(remote):
    assert status_of(lambda: events_of(remote("/unprintable"), "foo")) == 500


def test_astream_events_of_prompt_model_and_parser(remote):
    events = events_of(remote("/greeting"), {"question": "hello"})
    told = [(e["event"], e["name"]) for e in events]
    expected = [("on_chain_start", "/greeting"), ("on_prompt_start", "ChatPromptTemplate"),
                ("on_prompt_end", "ChatPromptTemplate"),
                ("on_chat_model_start", "FakeListChatModel"),
                ("on_chat_model_stream", "FakeListChatModel"),
                ("on_parser_start", "StrOutputParser"), ("on_parser_stream", "StrOutputParser"),
                ("on_chain_stream", "/greeting"), ("on_chain_end", "/greeting")]
    assert sorted(expected, key=told.index) == expected and told[-1] == expected[-1]
    chunks = [e["data"]["chunk"] for e in events if e["event"] == "on_chain_stream"]
    assert "".join(chunks) == events[-1]["data"]["output"] == "Hello World!"
    assert len([chunk for chunk in chunks if chunk]) > 1


# what goes over the wire, and what the client does by itself


class Choice(str, enum.Enum):
    FIRST = "a"


def test_types_that_the_client_writes_as_text(remote):
    sent = {"uuid": uuid.UUID(int=1), "dt": datetime.datetime(2023, 1, 1, 5),
            "date": datetime.date(2023, 1, 1), "time": datetime.time(5, 30), "choice": Choice.FIRST}
    assert asyncio.run(remote("/typed").ainvoke(sent)) == {
        "uuid": "00000000-0000-0000-0000-000000000001", "dt": "2023-01-01T05:00:00",
        "date": "2023-01-01", "time": "05:30:00", "choice": "a"}
    assert status_of(lambda: remote("/typed").invoke({**sent, "uuid": "none"})) == 422


class Five:
    def __init__(self, x):
        self.x = x


class FiveSerializer(Serializer):
    def dumps(self, obj):
        return orjson.dumps({"x": obj.x} if isinstance(obj, Five) else obj)

    def loadd(self, obj):
        return Five(obj["x"]) if isinstance(obj, dict) and set(obj) == {"x"} else obj


def test_serializer_of_the_clients_user(remote):
    output = remote("/five", serializer=FiveSerializer()).invoke(Five(1))
    assert type(output) is Five and output.x == 5


def test_objects_with_a_schema(remote):
    assert remote("/point").invoke({"bar": 1}) == 1
    assert status_of(lambda: remote("/point").invoke({"baz": 1})) == 422


def test_nested_paths(remote):
    assert remote("/nested/chat").invoke("x") == "hello"


def test_history_kept_by_the_client(remote):
    kept = {}
    chain = RunnableWithMessageHistory(
        remote("/history"), lambda session_id: kept.setdefault(session_id,
                                                               InMemoryChatMessageHistory()),
        input_messages_key="question", history_messages_key="history")
    for invoke in (lambda *a: asyncio.run(chain.ainvoke(*a)), chain.invoke):
        answer = invoke({"question": "hi", "ability": "foo"}, {"configurable": {"session_id": "1"}})
        assert type(answer) is AIMessage and answer.content == "Hello World!"
    assert [(type(m), m.content) for m in kept["1"].messages] == [
        (HumanMessage, "hi"), (AIMessage, "Hello World!")] * 2
