"""Gemini by its OpenAI-compatible endpoint: what it says otherwise is understood."""

import json

import pytest
from gemini_stub import GeminiStub, refuse
from langchain_openai import ChatOpenAI
from openai_langchain import added, invoked, plain, says_something, streamed, without_nulls
from openai_rig import KEY, PATIENCE, Rig

CALLS = [{"name": "get_weather", "arguments": {"city": "東京"}}, {"name": "ping", "arguments": {}}]
STEPS = {"text": {}, "call": {"tool_calls": CALLS[:1]}, "calls": {"tool_calls": CALLS},
         "split": {"fault": "split_utf8"}}
TOOL = {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}
SCHEMA = {"title": "Answer", "type": "object", "properties": {"answer": {"type": "string"}}}


@pytest.fixture(scope="module")
def rig(launch):
    with GeminiStub(api_key=KEY) as stub:
        gemini = {"provider": "openai", "base_url": stub.base_url, "api_key": KEY,
                  "model": "gemini-2.5-flash", **PATIENCE, "stream_usage": True}
        server = launch(json.dumps({
            "models": {"gemini": gemini, "full": {**gemini, "temperature": 0.5, "top_p": 0.5,
                                                  "max_tokens": 9, "stop": ["x"],
                                                  "reasoning_effort": "low"},
                       "twice": {**gemini, "max_retries": 1}, "wrong": {**gemini, "api_key": "wrong-key"},
                       "many": {**gemini, "n": 2}},
            "server": {"upstream_errors": "tell"},
            "routes": {"/gemini": "gemini", "/full": "full", "/twice": "twice", "/wrong": "wrong",
                       "/many": "many",
                       "/tools": {"chain": {"model": "gemini", "bind": {"tools": [TOOL],
                                                                       "tool_choice": "any"}}},
                       "/json": {"chain": {"model": "gemini",
                                           "structured_output": {"schema": SCHEMA}}}}}))
        yield Rig(stub, server)


@pytest.fixture(autouse=True)
def forget(rig):
    rig.forget()


def chat(stub):
    return ChatOpenAI(base_url=stub.base_url, api_key=KEY, model="gemini-2.5-flash", timeout=10,
                      max_retries=0, stream_usage=True)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_whole_as_langchain(rig, step):
    rig.stub.script(step, step)
    ours, theirs = plain(rig.output("/gemini")), invoked(chat(rig.stub))
    for message in (ours, theirs):  # the openai package has a null for what is not there
        message["response_metadata"] = without_nulls(message["response_metadata"])
    assert ours == theirs


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_streamed_as_langchain(rig, step):
    rig.stub.script(step, step)
    ours = rig.stream("/gemini")
    theirs, total = streamed(chat(rig.stub))
    assert ours.ended_well, rig.log()
    assert [plain(chunk) for chunk in ours.chunks] == [c for c in theirs if says_something(c)]
    assert added(ours.chunks) == total
    assert total["usage_metadata"]["output_tokens"] > 0


def test_what_is_sent_is_taken(rig):
    for path in ("/full", "/tools"):
        assert rig.output(path)["type"] == "ai"
        assert rig.stream(path).ended_well
    assert set(rig.output("/json")) == {"answer"}
    assert {record["path"] for record in rig.stub.requests()} == {"/v1beta/openai/chat/completions"}


def test_failures_are_told_as_it_words_them(rig):
    assert rig.invoke("/wrong")[0] == 502
    line = rig.wait_logged("run_failed")[-1]
    assert line["error"] == "upstream_refused" and "API key not valid" in line["message"]
    assert rig.invoke("/many")[0] == 502
    assert 'Unknown name "n"' in rig.wait_logged("run_failed", 2)[-1]["message"]
    busy = json.loads(refuse(429, "Resource has been exhausted", "RESOURCE_EXHAUSTED").frames[0])
    rig.stub.script({"fault": "status", "status": 429, "body": busy, "retry_after_ms": 5}, {})
    assert rig.invoke("/twice")[0] == 200
    rig.stub.script({"fault": "status", "status": 429, "body": busy})
    assert rig.invoke("/gemini")[0] == 429
    assert "RESOURCE_EXHAUSTED: Resource has been" in rig.wait_logged("run_failed", 3)[-1]["message"]
