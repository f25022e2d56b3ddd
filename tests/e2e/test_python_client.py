"""langserve's own Python client, unmodified, against both servers."""

import asyncio

import httpx
import pytest
from langchain_core.messages import (AIMessage, AIMessageChunk, FunctionMessage, HumanMessage,
                                     SystemMessage, ToolMessage)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.runnables.utils import AddableDict
from langserve import RemoteRunnable

# The client closes its connections when it is collected, on an event loop that is gone by then.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

FRENCH = "Bonjour, comment allez-vous?"
JOB = {"language": "French", "text": "Hello"}
OTHER_JOB = {"language": "German", "text": "Bye"}
COUNTRIES = {"countries": [{"name": "France", "pop": 67}], "ok": True}


@pytest.fixture
def remote(server):
    """remote("/translate") is that route's client; it loads no certificates, which takes long."""
    return lambda path, **options: RemoteRunnable(server.url + path, timeout=30, verify=False, **
                                                  options)


async def collect(stream):
    return [chunk async for chunk in stream]


async def one(value):
    yield value


def added(chunks):
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    return total


def status_of(call):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        call()
    return caught.value.response.status_code


# one answer


ANYTHING = {"x": [1, 1.5, None, True, "é 😀"], "y": {}}


@pytest.mark.parametrize("path, value, want", [
    ("/translate", JOB, FRENCH),
    ("/translate/", JOB, FRENCH),
    ("/parallel", ANYTHING, {"a": ANYTHING, "b": {"seen": ANYTHING}}),
    ("/assign", JOB, {**JOB, "translated": FRENCH}),
    ("/pick", JOB, FRENCH),
    ("/pick_many", JOB, {"translated": FRENCH, "language": "French"}),
    ("/json", {"n": "1"}, COUNTRIES),
])
def test_invoke_and_ainvoke(remote, path, value, want):
    assert remote(path).invoke(value) == want
    assert asyncio.run(remote(path).ainvoke(value)) == want


MESSAGES = [
    SystemMessage("s"),
    HumanMessage("h", name="bob"),
    AIMessage("a"),
    AIMessage("", tool_calls=[{"name": "f", "args": {"x": 1}, "id": "c1"}]),
    ToolMessage("t", tool_call_id="c1"),
    FunctionMessage("f", name="f"),
    HumanMessage([{"type": "text", "text": "look"}])
]


@pytest.mark.parametrize("value", [
    "Hi", MESSAGES, [],
    StringPromptValue(text="Hi"),
    ChatPromptValue(messages=[HumanMessage("Hi")])
], ids=["text", "messages", "none", "string prompt", "chat prompt"])
def test_chat_takes_every_kind_of_prompt(remote, value):
    answer = remote("/chat").invoke(value)
    assert type(answer) is AIMessage
    assert answer.content == "Hello there!"
    assert answer.id.startswith("lc_run--")


def test_prompt_is_revived_as_messages(remote):
    value = remote("/prompt_simple").invoke({"role": "cook", "question": "Why?"})
    assert value.to_messages() == [SystemMessage("You are a cook."), HumanMessage("Why?")]


def test_prompt_of_one_server_feeds_a_model(remote):
    chain = remote("/prompt_simple") | remote("/chat") | StrOutputParser()
    assert chain.invoke({"role": "cook", "question": "Why?"}) == "Hello there!"


# batches


def test_batch_and_abatch(remote):
    assert remote("/assign").batch([JOB, OTHER_JOB]) == [{**JOB, "translated": FRENCH},
                                                         {**OTHER_JOB, "translated": FRENCH}]
    assert asyncio.run(remote("/translate").abatch([JOB] * 3)) == [FRENCH] * 3


def test_batch_of_none(remote):
    assert remote("/translate").batch([]) == []


def test_batch_with_a_config_per_item(remote):
    configs = [{"tags": ["a"], "metadata": {"n": 1}},
               {"configurable": {"x": 1}, "max_concurrency": 1}]
    assert remote("/translate").batch([JOB, OTHER_JOB], configs) == [FRENCH, FRENCH]
    assert asyncio.run(remote("/translate").abatch([JOB, OTHER_JOB], configs)) == [FRENCH, FRENCH]


def test_batch_with_one_config(remote):
    assert remote("/translate").batch([JOB, OTHER_JOB], {"max_concurrency": 1}) == [FRENCH, FRENCH]


def test_batch_revives_messages(remote):
    answers = remote("/chat").batch(["a", [HumanMessage("b")]])
    assert [type(answer) for answer in answers] == [AIMessage, AIMessage]
    assert len({answer.id for answer in answers}) == 2


# streams


def test_stream_and_astream_text_by_character(remote):
    assert list(remote("/translate").stream(JOB)) == list(FRENCH)
    assert asyncio.run(collect(remote("/translate").astream(JOB))) == list(FRENCH)


def test_stream_message_chunks(remote):
    chunks = list(remote("/chat").stream("Hi"))
    assert {type(chunk) for chunk in chunks} == {AIMessageChunk}
    assert [chunk.content for chunk in chunks] == list("Hello there!")
    assert len({chunk.id for chunk in chunks}) == 1
    assert added(chunks).chunk_position == "last"


@pytest.mark.parametrize("path, want", [
    ("/assign", {**JOB, "translated": FRENCH}),
    ("/pick_many", {"translated": FRENCH, "language": "French"}),
    ("/parallel", {"a": JOB, "b": {"seen": JOB}}),
])
def test_stream_objects_add_up(remote, path, want):
    assert dict(added(list(remote(path).stream(JOB)))) == want


def test_stream_json_grows(remote):
    snapshots = list(remote("/json").stream({"n": "1"}))
    assert snapshots[-1] == COUNTRIES
    assert len(snapshots) > 5
    assert snapshots[0] == {}


def test_stream_prompt_in_one_chunk(remote):
    [value] = remote("/prompt_simple").stream({"role": "cook", "question": "Why?"})
    assert [m["content"] if isinstance(m, dict) else m.content
            for m in messages_of(value)] == ["You are a cook.", "Why?"]


def messages_of(value):
    """The original drops the type of a streamed prompt, so that it stays an object."""
    return value["messages"] if isinstance(value, dict) else value.to_messages()


def test_transform_and_atransform(remote):
    assert list(remote("/translate").transform(iter([JOB]))) == list(FRENCH)
    assert asyncio.run(collect(remote("/translate").atransform(one(JOB)))) == list(FRENCH)


def test_transform_gathers_its_input(remote):
    halves = iter([AddableDict(language="Fr", text="Hello"), AddableDict(language="ench")])
    assert "".join(remote("/translate").transform(halves)) == FRENCH


def test_stream_through_a_local_chain(remote):
    chain = RunnableLambda(lambda text: {"language": "French", "text": text}) | remote("/translate")
    assert "".join(chain.stream("Hello")) == FRENCH
    assert "".join((remote("/chat") | StrOutputParser()).stream("x")) == "Hello there!"


def test_assign_with_a_remote(remote):
    assert RunnablePassthrough.assign(
        french=remote("/translate")).invoke(JOB) == {**JOB, "french": FRENCH}


def test_many_streams_at_once(remote):

    async def all_at_once():
        return await asyncio.gather(*(collect(remote("/translate").astream(JOB))
                                      for _ in range(20)))

    assert asyncio.run(all_at_once()) == [list(FRENCH)] * 20


def test_stream_left_early_does_no_harm(remote):
    for _ in range(5):
        assert next(remote("/translate").stream(JOB)) == "B"
    assert remote("/translate").invoke(JOB) == FRENCH


# run logs and events


def log_of(remote, path, value, **filters):
    """The final state of a log, put together by the client from patches."""
    async def collect_log():
        return added(await collect(remote(path).astream_log(value, **filters))).state
    return asyncio.run(collect_log())


def test_stream_log_adds_up(remote):
    state = log_of(remote, "/translate", JOB)
    assert state["final_output"] == FRENCH
    assert "".join(state["streamed_output"]) == FRENCH
    assert (state["name"], state["type"]) == ("/translate", "chain")
    logs = state["logs"]
    assert list(logs) == ["ChatPromptTemplate", "FakeListChatModel", "StrOutputParser"]
    assert [log["type"] for log in logs.values()] == ["prompt", "llm", "parser"]
    assert "".join(logs["FakeListChatModel"]["streamed_output_str"]) == FRENCH
    assert logs["StrOutputParser"]["final_output"] == {"output": FRENCH}
    assert all(log["end_time"] >= log["start_time"] for log in logs.values())


@pytest.mark.parametrize("filters, want", [
    ({"include_names": ["StrOutputParser"]}, ["StrOutputParser"]),
    ({"include_types": ["llm", "prompt"]}, ["ChatPromptTemplate", "FakeListChatModel"]),
    ({"include_tags": ["seq:step:3"]}, ["StrOutputParser"]),
    ({"exclude_types": ["llm"]}, ["ChatPromptTemplate", "StrOutputParser"]),
    ({"include_names": []}, []),
    ({"exclude_names": ["ChatPromptTemplate"], "exclude_tags": ["seq:step:2"]},
     ["StrOutputParser"]),
])
def test_stream_log_is_filtered(remote, filters, want):
    assert list(log_of(remote, "/translate", JOB, **filters)["logs"]) == want


def test_stream_log_of_branches(remote):
    state = log_of(remote, "/parallel_stream", JOB)
    assert state["final_output"] == {"long": FRENCH, "short": "Oui"}
    assert {"RunnableSequence", "RunnableSequence:2", "FakeListChatModel:2"} <= set(state["logs"])


def events_of(remote, path, value, version="v2", **filters):
    return asyncio.run(collect(remote(path).astream_events(value, version=version, **filters)))


def kinds(events):
    """Names and kinds, a run of chunks of one step counted once."""
    told = [(e["name"], e["event"]) for e in events]
    return [t for i, t in enumerate(told) if t not in told[:i]]


TRANSLATE_KINDS = [
    ("/translate", "on_chain_start"), ("ChatPromptTemplate", "on_prompt_start"),
    ("ChatPromptTemplate", "on_prompt_end"), ("FakeListChatModel", "on_chat_model_start"),
    ("FakeListChatModel", "on_chat_model_stream"), ("StrOutputParser", "on_parser_start"),
    ("StrOutputParser", "on_parser_stream"), ("/translate", "on_chain_stream"),
    ("FakeListChatModel", "on_chat_model_end"), ("StrOutputParser", "on_parser_end"),
    ("/translate", "on_chain_end")
]


def test_events_in_their_order(remote):
    events = events_of(remote, "/translate", JOB)
    assert kinds(events) == TRANSLATE_KINDS
    root = events[0]["run_id"]
    assert events[0]["parent_ids"] == [] and events[1]["parent_ids"] == [root]
    assert events[0]["data"] == {"input": JOB} and events[-1]["data"] == {"output": FRENCH}
    chunks = [e["data"]["chunk"] for e in events if e["event"] == "on_chat_model_stream"]
    assert all(isinstance(c, AIMessageChunk) for c in chunks)
    assert added(chunks).content == FRENCH


@pytest.mark.parametrize("filters, want", [
    ({"include_types": ["chat_model"]}, [k for k in TRANSLATE_KINDS if "chat_model" in k[1]]),
    ({"include_names": ["/translate"]}, [k for k in TRANSLATE_KINDS if k[0] == "/translate"]),
    ({"exclude_tags": ["seq:step:2"]}, [k for k in TRANSLATE_KINDS if "chat_model" not in k[1]]),
    ({"include_names": ["nobody"]}, []),
])
def test_events_are_filtered(remote, filters, want):
    assert kinds(events_of(remote, "/translate", JOB, **filters)) == want


def test_events_of_version_1(remote):
    events = events_of(remote, "/events_v1", JOB, version="v1")
    assert [name for name, _ in kinds(events)][0] == "/events_v1"
    assert all(e["parent_ids"] == [] for e in events)
    assert events[-1]["data"] == {"output": FRENCH}


def test_an_error_ends_the_events(remote):
    with pytest.raises(httpx.HTTPStatusError):
        events_of(remote, "/pick", {})


# config, headers, errors


@pytest.mark.parametrize(
    "config",
    [{"run_name": "mine"}, {"tags": ["t"], "metadata": {"m": 1}}, {"configurable": {"unknown": 1}},
     {"recursion_limit": 3, "max_concurrency": 2}, {"callbacks": []}])
def test_any_config_is_taken(remote, config):
    assert remote("/translate").invoke(JOB, config) == FRENCH
    assert "".join(remote("/translate").stream(JOB, config)) == FRENCH
    assert remote("/translate").with_config(**config).invoke(JOB) == FRENCH


def test_extra_headers_and_cookies(remote):
    client = remote("/translate", headers={"x-key": "value", "accept": "application/json"},
                    cookies={"session": "1"})
    assert client.invoke(JOB) == FRENCH
    assert "".join(client.stream(JOB)) == FRENCH
    assert asyncio.run(client.ainvoke(JOB)) == FRENCH


WRONG = {"language": 1}


@pytest.mark.parametrize("call", [
    lambda client: client.invoke(WRONG),
    lambda client: asyncio.run(client.ainvoke(WRONG)),
    lambda client: list(client.stream(WRONG)),
    lambda client: asyncio.run(collect(client.astream(WRONG))),
    lambda client: list(client.transform(iter([WRONG]))),
], ids=["invoke", "ainvoke", "stream", "astream", "transform"])
def test_wrong_input_raises_422(remote, call):
    assert status_of(lambda: call(remote("/translate"))) == 422


def test_wrong_input_of_a_batch_raises(remote, request):
    original = request.node.callspec.params["server"] == "original"
    want = 500 if original else 422  # the original's fault: it does not tell whose mistake it was
    assert status_of(lambda: remote("/translate").batch([JOB, WRONG])) == want


def test_error_text_reaches_the_caller(remote):
    with pytest.raises(httpx.HTTPStatusError, match="string_type"):
        remote("/translate").invoke({**JOB, "text": 1})


def test_error_within_a_stream_raises_500(remote):
    assert status_of(lambda: list(remote("/pick").stream({}))) == 500


def test_unknown_route_raises_404(remote):
    assert status_of(lambda: remote("/nothing").invoke(1)) == 404
    assert status_of(lambda: list(remote("/nothing").stream(1))) == 404
