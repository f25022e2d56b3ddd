"""`structured_output` and bound tools ask and answer as LangChain's with_structured_output() and
bind_tools() do, for each provider."""

import json
import pathlib
import sys
import warnings

import pytest

import servers

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stub"), str(TESTS / "openai")]

# pylint: disable=wrong-import-position
from anthropic_stub import AnthropicStub  # noqa: E402
from ollama_stub import OllamaStub  # noqa: E402
from openai_rig import ASK, KEY, PATIENCE, Rig  # noqa: E402
from openai_stub import OpenAIStub  # noqa: E402

SCHEMA = {"title": "Joke", "description": "A joke.", "type": "object",
          "properties": {"setup": {"type": "string", "description": "s"},
                         "punchline": {"type": "string"}},
          "required": ["setup", "punchline"]}
JOKE = {"setup": "a", "punchline": "b"}
STUBS = {"openai": OpenAIStub, "anthropic": AnthropicStub, "ollama": OllamaStub}
METHODS = ("auto", "function_calling", "json_schema", "json_mode")
CHAINS = {
    "add": {"tool": "input.a + input.b", "name": "add", "description": "Adds.",
            "args": {"type": "object", "properties": {"a": {"type": "integer"},
                                                      "b": {"type": "integer"}},
                     "required": ["a", "b"]}},
}


def app_text(stubs):
    models, routes = {}, {}
    for provider, stub in stubs.items():
        models[provider] = {"provider": provider, "base_url": stub.base_url, "model": "m",
                            "api_key": "${STUB_KEY}", **PATIENCE}
        for method in METHODS:
            for raw in (False, True):
                routes[f"/{provider}/{method}/{raw}"] = {"chain": {
                    "model": provider, "structured_output": {
                        "schema": SCHEMA, "method": method, "include_raw": raw}}}
        routes[f"/{provider}/tools"] = {"chain": {
            "model": provider, "bind": {"tools": ["add", SCHEMA], "tool_choice": "add"}}}
    return json.dumps({"models": models, "chains": CHAINS, "routes": routes})


@pytest.fixture(scope="module")
def rigs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("structured")
    stubs = {name: stub().start() for name, stub in STUBS.items()}
    (folder / "app.yaml").write_text(app_text(stubs), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
    yield {name: Rig(stub, server) for name, stub in stubs.items()}
    server.stop_cleanly()
    for stub in stubs.values():
        stub.stop()


@pytest.fixture(params=STUBS)
def case(request, rigs):
    """(provider, its rig)"""
    rigs[request.param].forget()
    return request.param, rigs[request.param]


def real_model(provider, stub):
    if provider == "openai":
        module = pytest.importorskip("langchain_openai")
        return module.ChatOpenAI(base_url=stub.base_url, api_key=KEY, model="m", max_retries=0)
    if provider == "anthropic":
        module = pytest.importorskip("langchain_anthropic")
        return module.ChatAnthropic(base_url=stub.base_url, api_key=KEY, model="m",
                                    max_tokens=4096, max_retries=0)
    return pytest.importorskip("langchain_ollama").ChatOllama(base_url=stub.base_url, model="m")


def structured(provider, stub, method, raw):
    options = {} if method == "auto" else {"method": method}
    if (provider, method) == ("openai", "auto"):
        options["method"] = "json_schema"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return real_model(provider, stub).with_structured_output(SCHEMA, include_raw=raw, **options)


def uses_tool(provider, method):
    return method == "function_calling" or (provider, method) == ("anthropic", "auto")


def answer(rig, provider, method):
    if uses_tool(provider, method):
        rig.stub.default(tool_calls=[{"name": "Joke", "arguments": JOKE}], reply="")
    else:
        rig.stub.default(reply=json.dumps(JOKE))


def asked(record):
    """What of a request is about its form."""
    body = record["json"]
    keys = ("tools", "tool_choice", "parallel_tool_calls", "response_format", "format",
            "output_config")
    return {k: without_false(body[k]) for k in keys if body.get(k) not in (None, [])}


def without_false(value):
    """Strictness that is denied is as good as unsaid; ours tells Anthropic of parallel calls."""
    if isinstance(value, dict):
        return {k: without_false(v) for k, v in value.items()
                if not (k == "strict" and v is False) and k != "disable_parallel_tool_use"}
    return [without_false(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("method", METHODS)
def test_as_langchain(case, method):
    provider, rig = case
    answer(rig, provider, method)
    expected = structured(provider, rig.stub, method, False).invoke(ASK + " json")
    assert rig.output(f"/{provider}/{method}/False", ASK + " json") == expected == JOKE
    theirs, ours = map(asked, rig.stub.requests())
    assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


@pytest.mark.parametrize("method", METHODS)
def test_streamed(case, method):
    provider, rig = case
    answer(rig, provider, method)
    expected = list(structured(provider, rig.stub, method, False).stream(ASK))
    stream = rig.stream(f"/{provider}/{method}/False")
    assert stream.ended_well, rig.log()
    assert stream.chunks[-1] == expected[-1] == JOKE
    assert {json.dumps(c) for c in stream.chunks} >= {json.dumps(c) for c in expected}


@pytest.mark.parametrize("method", METHODS)
def test_with_raw(case, method):
    provider, rig = case
    answer(rig, provider, method)
    output = rig.output(f"/{provider}/{method}/True")
    assert list(output) == ["raw", "parsed", "parsing_error"]
    assert (output["raw"]["type"], output["parsed"], output["parsing_error"]) == ("ai", JOKE, None)


def test_raw_with_what_is_wrong(case):
    provider, rig = case
    rig.stub.default(reply="no JSON")
    output = rig.output(f"/{provider}/json_schema/True")
    assert output["raw"]["content"] == "no JSON"
    assert output["parsed"] is None and output["parsing_error"]


def test_no_call_is_null(case):
    provider, rig = case
    rig.stub.default(**({"fault": "refusal"} if provider == "openai" else {"reply": "No."}))
    assert rig.output(f"/{provider}/function_calling/False") is None
    assert rig.stream(f"/{provider}/function_calling/False").chunks == []


def test_tools_by_name_and_schema(case):
    provider, rig = case
    add = {"name": "add", "description": "Adds.", "parameters": CHAINS["add"]["args"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real_model(provider, rig.stub).bind_tools([add, SCHEMA], tool_choice="add").invoke(ASK)
    rig.output(f"/{provider}/tools")
    theirs, ours = map(asked, rig.stub.requests())
    assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


@pytest.mark.parametrize("chain, said", [
    ({"chain": "passthrough", "structured_output": {"schema": SCHEMA}}, "no chat model"),
    ({"model": {"provider": "fake", "responses": ["x"]}, "structured_output": {}}, "schema"),
    ({"model": {"provider": "fake", "responses": ["x"]}, "bind": {"tools": ["other"]}},
     "the name of a tool"),
])
def test_mistakes_are_told(tmp_path, chain, said):
    path = tmp_path / "app.yaml"
    path.write_text(json.dumps({"chains": {"other": {"value": 1}}, "routes": {"/x": {"chain": chain}}}))
    done = servers.check(path)
    assert done.returncode != 0 and said in done.stdout + done.stderr
