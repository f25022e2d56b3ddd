"""Callback events, replayed by langserve's own client to handlers of its user's."""

import asyncio

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langserve import RemoteRunnable

# The client closes its connections when it is collected, on an event loop that is gone by then.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

JOB = {"language": "French", "text": "Hello"}
FRENCH = "Bonjour, comment allez-vous?"
APP = """
models:
  broken: {provider: fake, error: down}
  well: {provider: fake, responses: [well]}
  never: {provider: fake, error: secret}
chains:
  careful: {chain: [{lambda: 'error("secret")'}, str], fallbacks: [{lambda: '"well"'}]}
  model: {chain: {model: broken}, fallbacks: [well]}
routes:
  /careful: {chain: careful, callback_events: true}
  /model: {chain: model, callback_events: true}
  /fails: {chain: [passthrough, never], callback_events: true}
  /parts:
    chain: [{parallel: {a: passthrough, b: {lambda: input.x}}}, {pick: b}]
    callback_events: true
"""


class Handler(BaseCallbackHandler):
    """Writes down what it is told."""

    raise_error = True

    def __init__(self):
        self.heard, self.named = [], {}

    def _start(self, kind, value, run_id, parent_run_id, **more):
        self.named[run_id] = more.get("name")
        self.heard.append((kind, more.get("name"), self.named.get(parent_run_id), value))

    def _end(self, kind, value, run_id):
        self.heard.append((kind, self.named[run_id], value))

    def on_chain_start(self, serialized, inputs, **more):
        self._start("chain", inputs, **more)

    def on_chain_end(self, outputs, *, run_id, **more):
        self._end("chain end", outputs, run_id)

    def on_chat_model_start(self, serialized, messages, **more):
        self._start("model", messages, **more)

    def on_llm_end(self, response, *, run_id, **more):
        self._end("model end", response.generations, run_id)


def remote(url):
    return RemoteRunnable(url, timeout=30, verify=False)


def invoke(url, value):
    handler = Handler()
    output = remote(url).invoke(value, {"callbacks": [handler]})
    return output, handler.heard


def test_a_chain_is_replayed(server):
    output, heard = invoke(server.url + "/events_chain", 1)
    assert output == 2
    assert [event[:2] for event in heard] == [
        ("chain", "RemoteRunnable"), ("chain", "/events_chain"), ("chain", "RunnablePassthrough"),
        ("chain end", "RunnablePassthrough"), ("chain", "plus"), ("chain end", "plus"),
        ("chain end", "/events_chain"), ("chain end", "RemoteRunnable")]
    assert heard[1][2:] == ("RemoteRunnable", 1) and heard[4][2:] == ("/events_chain", 1)
    assert heard[5][2] == 2


def test_batches_are_replayed(server):
    handlers = [Handler(), Handler()]
    outputs = remote(server.url + "/events_chain").batch([1, 5],
                                                         [{"callbacks": [h]} for h in handlers])
    assert outputs == [2, 6]
    assert [h.heard[-2] for h in handlers] == [("chain end", "/events_chain", 2),
                                               ("chain end", "/events_chain", 6)]


def test_models_are_replayed(ours):
    output, heard = invoke(ours.url + "/events", JOB)
    assert output == FRENCH
    assert [event[0] for event in heard] == ["chain", "chain", "chain", "chain end", "model",
                                             "model end", "chain", "chain end", "chain end",
                                             "chain end"]
    model, answer = heard[4], heard[5]
    assert model[1:3] == ("FakeListChatModel", "/events")
    assert model[3] == [[HumanMessage("Translate to French:\n\nHello")]]
    generation = answer[2][0][0]
    assert generation.text == FRENCH and isinstance(generation.message, AIMessage)


def test_asynchronously(ours):
    class Later(AsyncCallbackHandler):
        kinds = []

        async def on_chain_start(self, serialized, inputs, **more):
            self.kinds.append(more.get("name"))

        async def on_chat_model_start(self, serialized, messages, **more):
            self.kinds.append(more.get("name"))

    async def call():
        many = await remote(ours.url + "/events").abatch([JOB], {"callbacks": [Later()]})
        assert many == [FRENCH]

    asyncio.run(call())
    assert Later.kinds == ["RemoteRunnable", "/events", "ChatPromptTemplate", "FakeListChatModel",
                           "StrOutputParser"]


@pytest.fixture
def careful(serve):
    return serve(APP)


def test_parts_have_their_parents(careful):
    output, heard = invoke(careful.url + "/parts", {"x": 1})
    assert output == 1
    parents = {event[1]: event[2] for event in heard if event[0] == "chain"}
    assert parents == {"RemoteRunnable": None, "/parts": "RemoteRunnable",
                       "RunnableParallel<a,b>": "/parts",
                       "RunnablePassthrough": "RunnableParallel<a,b>",
                       "RunnableLambda": "RunnableParallel<a,b>", "RunnablePick<b>": "/parts"}


def test_steps_that_failed_break_no_client(careful):
    output, heard = invoke(careful.url + "/careful", {"x": 1})
    assert output == "well" and heard[-2] == ("chain end", "/careful", "well")
    output, heard = invoke(careful.url + "/model", "hi")
    assert output.content == "well" and "secret" not in repr(heard)


def test_nothing_internal_is_told(careful):
    import httpx
    for path, body in (("/careful/invoke", {"input": {"x": 1}}), ("/model/invoke", {"input": "hi"}),
                       ("/parts/batch", {"inputs": [{"x": 1}]})):
        answer = httpx.post(careful.url + path, json=body)
        assert answer.status_code == 200 and list(answer.json())[-1] == "callback_events"
        assert "secret" not in answer.text and '"__' not in answer.text
    answer = httpx.post(careful.url + "/fails/invoke", json={"input": "hi"})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
