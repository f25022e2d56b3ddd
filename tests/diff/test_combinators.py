"""Chains of combinators against the same chains in LangChain: outputs, errors, chunks, schemas."""

import json
import pathlib
import re
import urllib.error
import urllib.request
from copy import deepcopy

import pytest
import servers
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import (ConfigurableField, ConfigurableFieldSingleOption,
                                      RunnableBranch, RunnableLambda, RunnableParallel,
                                      RunnablePassthrough, RunnablePick)
from langchain_core.runnables.base import RunnableEach
from langchain_core.runnables.router import RouterRunnable


class Echo(FakeListChatModel):
    """Answers with the last message, character by character."""

    def _call(self, messages, *args, **kwargs):
        return messages[-1].content

    def _stream(self, messages, *args, **kwargs):
        for letter in messages[-1].content:
            yield ChatGenerationChunk(message=AIMessageChunk(content=letter))


class Down(FakeListChatModel):
    """Fails."""

    def _call(self, *args, **kwargs):
        raise ValueError("down")

    def _stream(self, *args, **kwargs):
        raise ValueError("down")
        yield


def value(constant):
    return RunnableLambda(lambda _: constant)


def pick(*keys):
    return RunnablePick(keys[0] if len(keys) == 1 else list(keys))


def error_text(given):
    return {key: str(one) for key, one in given.items()}


echo, down = Echo(responses=["unused"]), Down(responses=["unused"])
shout = ChatPromptTemplate.from_template("{x}!") | echo | StrOutputParser()
fails = ChatPromptTemplate.from_template("{x}") | down | StrOutputParser()
joke = PromptTemplate.from_template("Tell a joke about {topic}").configurable_alternatives(
    ConfigurableField(id="prompt", name="Which Prompt", description="Which prompt to use"),
    default_key="joke",
    poem=PromptTemplate.from_template("Write a poem about {topic}"),
    haiku=PromptTemplate.from_template("Haiku on {topic} in the style of {style}"))
told = joke | echo | StrOutputParser()
HASTY = {"initial": 0.001, "max": 0.001}
CHAINS = {
    "/branch": RunnableBranch((pick("a"), pick("x")), (pick("b"), shout), RunnablePick(["x"])),
    "/branch_schema": RunnableBranch((RunnablePassthrough(), shout), RunnablePassthrough()),
    "/map": RunnableEach(bound=shout),
    "/map_pick": RunnableEach(bound=pick("x")),
    "/router": RouterRunnable({"shout": shout, "pick": pick("x")}),
    "/retry": fails.with_retry(stop_after_attempt=2, exponential_jitter_params=HASTY),
    "/retry_well": shout.with_retry(),
    "/fallbacks": fails.with_fallbacks([fails, shout]),
    "/fallbacks_fail": fails.with_fallbacks([fails]),
    "/fallbacks_first": shout.with_fallbacks([fails]),
    "/told": fails.with_fallbacks([RunnableLambda(error_text) | pick("x", "why")],
                                  exception_key="why"),
    "/config": told,
    "/with_config": told.with_config(configurable={"prompt": "poem"}),
    "/fields": PromptTemplate.from_template("{topic}").configurable_fields(
        template=ConfigurableField(id="text", name="Text", description="The template"))
               | echo | StrOutputParser(),
    "/one_of": PromptTemplate.from_template("{topic}").configurable_fields(
        template=ConfigurableFieldSingleOption(
            id="text", options={"short": "{topic}", "long": "{topic}, {topic}"}, default="long"))
               | echo | StrOutputParser(),
    "/prefixed": told.configurable_alternatives(
        ConfigurableField(id="model"), default_key="one", prefix_keys=True,
        two=told | value("two")),
    "/bind": shout.bind(stop=["x"]),
    "/listened": shout.with_listeners(on_start=lambda run: None, on_end=lambda run: None),
    "/picks": RunnableParallel(x=pick("x"), rest=pick("x", "y")),
    "/assign_picks": RunnablePassthrough.assign(z=pick("x")),
    "/nested": RunnablePassthrough.assign(xs=value([{"x": "1"}, {"x": "2"}])) | RunnableParallel(
        mapped=pick("xs") | RunnableEach(bound=fails.with_fallbacks([shout])),
        chosen=RunnableBranch((pick("a"), pick("a")), value("none"))),
}

CATS = {"topic": "cats"}
CALLS = [
    ("/branch", {"a": 1, "x": "v"}, {}), ("/branch", {"a": 0, "b": "y", "x": "v"}, {}),
    ("/branch", {"a": "", "b": [], "x": "v"}, {}), ("/branch", {"a": {}, "b": None, "x": "v"}, {}),
    ("/branch", {"a": 0.0, "b": {"k": None}, "x": "v"}, {}), ("/branch", {"a": [0], "x": "v"}, {}),
    ("/map", [{"x": "a"}, {"x": "b"}], {}), ("/map", [], {}),
    ("/map", [{"x": str(i)} for i in range(30)], {}), ("/map_pick", [{"x": 1}, {"y": 1}], {}),
    ("/router", {"key": "shout", "input": {"x": "a"}}, {}),
    ("/router", {"key": "pick", "input": {"x": [1]}}, {}),
    ("/router", {"key": "none", "input": 1}, {}),
    ("/retry", {"x": "a"}, {}), ("/retry_well", {"x": "a"}, {}),
    ("/fallbacks", {"x": "a"}, {}), ("/fallbacks_fail", {"x": "a"}, {}),
    ("/fallbacks_first", {"x": "a"}, {}), ("/told", {"x": "a"}, {}),
    ("/config", CATS, {}), ("/config", CATS, {"prompt": "poem"}),
    ("/config", {"topic": "cats", "style": "Basho"}, {"prompt": "haiku"}),
    ("/config", CATS, {"prompt": "joke"}),
    ("/with_config", CATS, {}), ("/with_config", CATS, {"prompt": "joke"}),
    ("/fields", CATS, {}), ("/fields", CATS, {"text": "about {topic}"}),
    ("/fields", CATS, {"text": "${HOME} {topic}"}), ("/fields", CATS, {"text": "{broken"}),
    ("/one_of", CATS, {}), ("/one_of", CATS, {"text": "short"}),
    ("/prefixed", CATS, {}), ("/prefixed", CATS, {"model==one/prompt": "poem"}),
    ("/prefixed", CATS, {"model": "two", "model==one/prompt": "poem"}),
    ("/bind", {"x": "a"}, {}), ("/listened", {"x": "a"}, {}),
    ("/picks", {"x": 1}, {}), ("/picks", {"x": 1, "y": "é"}, {}),
    ("/assign_picks", {"z": 2}, {}), ("/picks", "text", {}), ("/assign_picks", [1], {}),
    ("/nested", {"a": 1}, {}), ("/nested", {"a": 0}, {}),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    file = pathlib.Path(__file__).with_name("combinators.yaml")
    server = servers.langserved(file, tmp_path_factory.mktemp("combinators")).start()
    yield server
    server.stop_cleanly()


def ask(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(server.url + path, data, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def outcome(call):
    """What a call gives, or that it fails."""
    try:
        return json.loads(json.dumps(call()))
    except Exception:  # whatever LangChain raises
        return "failed"


def joined(chunks):
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk if isinstance(chunk, (str, list)) \
            else {**whole, **{k: whole[k] + v if k in whole else v for k, v in chunk.items()}}
    return whole


def ids(call):
    return re.sub(r"\W+", "-", json.dumps(call))[:60]


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_invoke(server, call):
    path, given, configurable = call
    wanted = outcome(lambda: CHAINS[path].invoke(deepcopy(given), {"configurable": configurable}))
    status, text = ask(server, f"{path}/invoke",
                       {"input": given, "config": {"configurable": configurable}})
    assert (json.loads(text)["output"] if status == 200 else "failed") == wanted


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_batch(server, call):
    path, given, configurable = call
    wanted = outcome(lambda: CHAINS[path].batch([deepcopy(given), deepcopy(given)], {"configurable": configurable}))
    status, text = ask(server, f"{path}/batch",
                       {"inputs": [given, given], "config": {"configurable": configurable}})
    assert (json.loads(text)["output"] if status == 200 else "failed") == wanted


@pytest.mark.parametrize("call", CALLS, ids=ids)
def test_stream(server, call):
    path, given, configurable = call
    wanted = outcome(lambda: list(CHAINS[path].stream(deepcopy(given), {"configurable": configurable})))
    status, text = ask(server, f"{path}/stream",
                       {"input": given, "config": {"configurable": configurable}})
    events = re.findall(r"event: (\w+)\r\n(?:data: (.*)\r\n)?", text)
    failed = status != 200 or any(name == "error" for name, _ in events)
    chunks = [json.loads(data) for name, data in events if name == "data"]
    if wanted == "failed" or failed:
        assert failed and wanted == "failed"
    else:
        assert joined(chunks) == joined(wanted)
        if all(isinstance(chunk, str) for chunk in wanted):
            assert [chunk for chunk in chunks if chunk] == [chunk for chunk in wanted if chunk]


@pytest.mark.parametrize("path", [path for path in CHAINS if path not in ("/nested", "/told")])
def test_schemas(server, path):
    chain = CHAINS[path]
    taken = chain.get_input_jsonschema()
    taken.get("$defs", {}).get("RouterInput", {}).pop("description", None)  # a text of its own
    assert json.loads(ask(server, f"{path}/input_schema")[1]) == taken
    assert json.loads(ask(server, f"{path}/output_schema")[1]) == chain.get_output_jsonschema()


@pytest.mark.parametrize("path", ["/config", "/with_config", "/one_of", "/prefixed", "/map"])
def test_config_schema(server, path):
    wanted = CHAINS[path].config_schema(include=["configurable"]).model_json_schema()
    given = json.loads(ask(server, f"{path}/config_schema")[1])
    assert given.get("$defs") == wanted.get("$defs")
    assert given["properties"].get("configurable") == wanted["properties"].get("configurable")


def test_what_a_client_says_is_no_reference_to_the_environment(server):
    given = {"input": "x", "config": {"configurable": {"said": ["${HOME}", "$${HOME}"]}}}
    assert json.loads(ask(server, "/said/invoke", given)[1])["output"] == "${HOME}"
    assert json.loads(ask(server, "/said/invoke", given)[1])["output"] == "$${HOME}"
