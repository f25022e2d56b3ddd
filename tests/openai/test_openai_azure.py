"""OpenAI's models on Azure: the addresses and keys of the openai package's own client."""

import json
import subprocess

import openai
import pytest
import servers
from azure_stub import AzureStub
from langchain_openai import AzureChatOpenAI
from openai_langchain import added, invoked, plain, says_something, streamed
from openai_rig import ASK, KEY, PATIENCE, Rig

VERSION = "2024-10-21"
AZURE = {"provider": "azure", "deployment": "mini-1", "api_version": VERSION, **PATIENCE}
CALLS = [{"name": "get_weather", "arguments": {"city": "東京"}}, {"name": "ping", "arguments": {}}]
STEPS = {"text": {}, "calls": {"tool_calls": CALLS}, "length": {"finish_reason": "length"}, "split": {"fault": "split_utf8"}}


@pytest.fixture(scope="module")
def azure():
    with AzureStub(api_key=KEY) as stub:
        yield stub


@pytest.fixture(scope="module")
def rig(azure, launch):
    """Routes: all said in the file, all of the environment, and with another name for the model."""
    models = {"said": {**AZURE, "base_url": azure.base_url + "/", "api_key": KEY,
                       "temperature": 0.3, "max_tokens": 7},
              "named": {**AZURE, "model": "gpt-4o"},
              "environment": {"provider": "azure", "deployment": "other", **PATIENCE},
              "twice": {**AZURE, "max_retries": 1}}
    routes = {f"/{name}": {"chain": name, "upstream_errors": "tell"} for name in models}
    server = launch(json.dumps({"models": models, "routes": routes}), env={
        "AZURE_OPENAI_ENDPOINT": azure.base_url, "AZURE_OPENAI_API_KEY": KEY,
        "OPENAI_API_VERSION": "2025-01-01-preview", "OPENAI_API_KEY": "sk-of-another"})
    return Rig(azure, server)


@pytest.fixture(autouse=True)
def forget(rig):
    rig.forget()


def chat(azure, **options):
    return AzureChatOpenAI(azure_endpoint=azure.base_url, azure_deployment="mini-1", timeout=10,
                           api_version=VERSION, api_key=KEY, max_retries=0, **options)


def test_requests_are_those_of_the_openai_package(rig):
    rig.output("/said")
    rig.stream("/said")
    with openai.AzureOpenAI(azure_endpoint=rig.stub.base_url, azure_deployment="mini-1",
                            api_version=VERSION, api_key=KEY, max_retries=0) as client:
        for more in ({}, {"stream": True, "stream_options": {"include_usage": True}}):
            list(client.chat.completions.create(
                model="mini-1", messages=[{"role": "user", "content": ASK}], temperature=0.3,
                max_completion_tokens=7, **more))
    requests = rig.stub.requests()
    assert [r["status"] for r in requests] == [200] * 4
    for ours, theirs in zip(requests[:2], requests[2:]):
        assert ours["path"] == theirs["path"]
        assert ours["headers"]["api-key"] == theirs["headers"]["api-key"] == KEY
        assert "authorization" not in ours["headers"]
        assert ours["json"] == theirs["json"]


def test_the_environment_says_what_the_file_does_not(rig):
    rig.output("/environment")
    record, = rig.stub.requests()
    assert record["path"] == ("/openai/deployments/other/chat/completions"
                              "?api-version=2025-01-01-preview")
    assert record["headers"]["api-key"] == KEY and record["json"]["model"] == "other"
    rig.output("/named")
    assert rig.bodies()[-1]["model"] == "gpt-4o"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_whole_as_langchain(rig, step):
    rig.stub.script(step, step)
    assert plain(rig.output("/named")) == invoked(chat(rig.stub, model="gpt-4o"))


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_streamed_as_langchain(rig, step):
    rig.stub.script(step, step)
    ours = rig.stream("/named")
    theirs, total = streamed(chat(rig.stub, model="gpt-4o"))
    assert ours.ended_well, rig.log()
    assert [plain(chunk) for chunk in ours.chunks] == [c for c in theirs if says_something(c)]
    assert added(ours.chunks) == total


def test_failures(rig):
    rig.stub.script({"fault": "status", "status": 429, "retry_after_ms": 5}, {})
    assert rig.invoke("/twice")[0] == 200
    rig.stub.script({"fault": "status", "status": 400, "code": "content_filter",
                     "message": "filtered"})
    assert rig.invoke("/named")[0] == 502
    assert "content_filter: filtered" in rig.wait_logged("run_failed")[-1]["message"]


FAILING = {"fault": "status", "status": 503}


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_endpoints_say_where_they_are(serve, monkeypatch, how):
    """No address but theirs; each has a deployment of its own, the last one that of the model."""
    for name in ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    with AzureStub(api_key=KEY) as one, AzureStub(api_key="other") as two:
        here = {"base_url": one.base_url, "api_key": KEY}
        there = {"base_url": two.base_url + "/", "api_key": "other"}
        places = [{**here, "model": "here", "weight": 1000000},
                  {**there, "model": "there", "weight": 1000}, here]
        rig = Rig(one, serve(json.dumps({"models": {"m": {**AZURE, "endpoints": places}},
                                         "routes": {"/m": "m"}})))

        def text():
            if how == "invoke":
                return rig.output("/m")["content"]
            stream = rig.stream("/m")
            assert stream.ended_well, rig.log()
            return stream.text

        one.default(reply="One.")
        two.default(reply="Two.")
        assert text() == "One."
        one.script(FAILING)
        assert text() == "Two."
        assert len(rig.logged("upstream_failover")) == 1
        one.script(FAILING, {})
        two.script(FAILING)
        assert text()
        version = f"?api-version={VERSION}"
        assert [r["path"] for r in one.requests()] == [
            f"/openai/deployments/{name}/chat/completions{version}"
            for name in ("here", "here", "here", "mini-1")]
        assert {r["path"] for r in two.requests()} == {
            f"/openai/deployments/there/chat/completions{version}"}
        assert [r["json"]["model"] for r in one.requests()] == ["here"] * 3 + ["mini-1"]
        assert {r["json"]["model"] for r in two.requests()} == {"there"}
        assert {r["headers"]["api-key"] for r in two.requests()} == {"other"}


def check(tmp_path, options, **env):
    app = {"models": {"m": options}, "routes": {"/m": "m"}}
    (tmp_path / "app.yaml").write_text(json.dumps(app))
    done = subprocess.run([servers.langserved_binary(), "check", tmp_path / "app.yaml"],
                          capture_output=True, text=True, timeout=60,
                          env={"OPENAI_API_KEY": "sk-x", **env})
    return done.returncode, done.stderr


WHOLE = {**AZURE, "base_url": "https://x.openai.azure.com", "api_key": "k"}


@pytest.mark.parametrize("change, told", [
    ({"deployment": None}, "deployment: expected the name of an Azure deployment"),
    ({"deployment": "a/b"}, "deployment: expected the name of an Azure deployment"),
    ({"api_version": None}, "api_version: expected a version such as 2024-10-21, here or in"),
    ({"api_version": "1&x=y"}, "api_version: expected a version"),
    ({"base_url": None}, "no address: set AZURE_OPENAI_ENDPOINT"),
    ({"base_url": "x.openai.azure.com"}, "base_url: expected an address such as https://name"),
    ({"api_key": None}, "no API key: set AZURE_OPENAI_API_KEY"),
    ({"provider": "openai"}, "deployment: only `provider: azure` has it"),
])
def test_mistakes_are_told(tmp_path, change, told):
    assert check(tmp_path, WHOLE)[0] == 0
    options = {key: value for key, value in {**WHOLE, **change}.items() if value is not None}
    status, text = check(tmp_path, options)
    assert status == 2 and told in text


def test_all_endpoints_say_where_they_are_or_the_model_does(tmp_path):
    here, nameless = {"base_url": "https://x.openai.azure.com"}, {"model": "there"}
    named = {key: value for key, value in WHOLE.items() if key != "base_url"}
    assert check(tmp_path, {**named, "endpoints": [here, {**here, **nameless}]})[0] == 0
    for wrong in ([here, nameless], [nameless], []):
        status, text = check(tmp_path, {**named, "endpoints": wrong})
        assert status == 2 and "no address: set AZURE_OPENAI_ENDPOINT" in text
    bare = {key: value for key, value in named.items() if key != "deployment"}
    assert check(tmp_path, {**bare, "endpoints": [{**here, **nameless}]})[0] == 0
    status, text = check(tmp_path, {**bare, "endpoints": [here, {**here, **nameless}]})
    assert status == 2 and "deployment: expected the name of an Azure deployment" in text


def test_nothing_of_the_place_is_needed_to_replay(tmp_path):
    (tmp_path / "tape.jsonl").write_text("")
    options = {"provider": "azure", "deployment": "mini", "replay": "tape.jsonl"}
    assert check(tmp_path, options)[0] == 0
