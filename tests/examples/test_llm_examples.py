"""examples/llm and examples/local-llm, in front of stubs of their providers."""

import json
import sys

import pytest
import servers
from langchain_core.messages import HumanMessage, SystemMessage
from langserve import RemoteRunnable

sys.path.insert(0, str(servers.TESTS / "stub"))
from anthropic_stub import AnthropicStub  # noqa: E402
from ollama_stub import OllamaStub  # noqa: E402
from openai_stub import OpenAIStub  # noqa: E402

EXAMPLES = servers.REPO / "examples"
REPLY = "Why did the cat cross the road? 猫 🐈"


@pytest.fixture(scope="module")
def stubs():
    """One of each; they want the keys that the examples take from the environment."""
    with (OpenAIStub(api_key="sk-openai") as openai, AnthropicStub(api_key="sk-ant") as anthropic,
          OllamaStub() as ollama, OpenAIStub() as llama_cpp):
        found = {"openai": openai, "anthropic": anthropic, "ollama": ollama, "llama_cpp": llama_cpp}
        for stub in found.values():
            stub.default(reply=REPLY)
        yield found


@pytest.fixture(scope="module")
def llm(stubs, launch):
    return launch(EXAMPLES / "llm/app.yaml", env={
        "OPENAI_API_KEY": "sk-openai", "OPENAI_BASE_URL": stubs["openai"].base_url,
        "ANTHROPIC_API_KEY": "sk-ant", "ANTHROPIC_BASE_URL": stubs["anthropic"].base_url})


@pytest.fixture(scope="module")
def local(stubs, launch):
    return launch(EXAMPLES / "local-llm/app.yaml", env={
        "OLLAMA_HOST": stubs["ollama"].base_url, "OLLAMA_MODEL": "llama3.1:8b",
        "LLAMA_CPP_URL": stubs["llama_cpp"].base_url})


def remote(server, path):
    return RemoteRunnable(f"{server.url}/{path}")


def text_of(output):
    return output if isinstance(output, str) else output.content


@pytest.mark.parametrize("path, reply", [
    ("openai", REPLY), ("anthropic", REPLY), ("completion", REPLY), ("demo", "Tell me a joke")])
def test_llm(llm, path, reply):
    model = remote(llm, path)
    for asked in ("Tell me a joke", [HumanMessage("Tell me a joke")]):
        assert text_of(model.invoke(asked)) == reply
        assert "".join(text_of(chunk) for chunk in model.stream(asked)) == reply
    assert [text_of(out) for out in model.batch(["Tell me a joke"] * 2)] == [reply] * 2


def test_llm_asks_what_it_says(llm, stubs):
    for name, model in (("openai", "gpt-3.5-turbo"), ("anthropic", "claude-sonnet-4-5")):
        remote(llm, name).invoke("Hi")
        record = stubs[name].requests()[-1]
        assert (record["json"]["model"], record["status"]) == (model, 200)
        assert record["json"]["messages"] == [{"role": "user", "content": "Hi"}]
    remote(llm, "completion").invoke("Once upon a time")
    assert stubs["openai"].requests()[-1]["json"]["prompt"] in ("Once upon a time",
                                                               ["Once upon a time"])


def test_llm_without_keys_starts(launch, stubs):
    server = launch(EXAMPLES / "llm/app.yaml", "--workers", "1", env={
        "OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": "",
        "OPENAI_BASE_URL": stubs["openai"].base_url})
    assert remote(server, "demo").invoke("Hi").content == "Hi"
    with pytest.raises(Exception, match="500"):
        remote(server, "openai").invoke("Hi")
    assert '"upstream_auth"' in server.log()


@pytest.mark.parametrize("name, model", [("ollama", "llama3.1:8b"), ("llama_cpp", "local")])
def test_local_llm(local, stubs, name, model):
    chain, chat = remote(local, name), remote(local, f"chat/{name}")
    assert chain.invoke({"topic": "cats"}) == REPLY
    sent = stubs[name].requests()[-1]["json"]
    assert sent["model"] == model
    assert sent["messages"][-1]["content"] == "Tell me a joke about cats"
    chunks = list(chain.stream({"topic": "cats"}))
    assert "".join(chunks) == REPLY and len(chunks) > 5
    assert chain.batch([{"topic": "cats"}, {"topic": "dogs"}]) == [REPLY] * 2
    assert chat.invoke([SystemMessage("Be brief."), HumanMessage("Hi")]).content == REPLY
    total = sum_of(chat.stream("Hi"))
    assert total.content == REPLY and total.usage_metadata["output_tokens"] > 0


def sum_of(chunks):
    total = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
    return total


def test_local_llm_keeps_the_model_loaded(local, stubs):
    remote(local, "ollama").invoke({"topic": "cats"})
    assert stubs["ollama"].requests()[-1]["json"]["keep_alive"] == "30m"
    assert "authorization" not in stubs["ollama"].requests()[-1]["headers"]


def test_local_llm_when_nobody_is_there(launch):
    server = launch(EXAMPLES / "local-llm/app.yaml", env={
        "OLLAMA_HOST": "127.0.0.1:9", "LLAMA_CPP_URL": "http://127.0.0.1:9/v1"})
    with pytest.raises(Exception, match="500"):
        remote(server, "ollama").invoke({"topic": "cats"})
    lines = [json.loads(line) for line in server.log().splitlines() if '"run_failed"' in line]
    assert lines[-1]["error"] == "upstream_unreachable"
