"""The stubs of Anthropic and Ollama are good servers: the providers' own packages say so."""

import pytest
from anthropic_stub import AnthropicStub
from ollama_stub import OllamaStub
from stub_answers import DEFAULT_REPLY

anthropic = pytest.importorskip("anthropic")
ollama = pytest.importorskip("ollama")

ASK = [{"role": "user", "content": "Say hello."}]
CALLS = [{"name": "get_weather", "arguments": {"city": "東京"}}]


@pytest.fixture(name="claude")
def start_claude():
    with AnthropicStub(api_key="k") as stub:
        yield stub, anthropic.Anthropic(base_url=stub.base_url, api_key="k", max_retries=0)


@pytest.fixture(name="llama")
def start_llama():
    with OllamaStub() as stub:
        yield stub, ollama.Client(host=stub.base_url)


def ask(client, **more):
    return client.messages.create(model="claude-x", max_tokens=9, messages=ASK, **more)


def test_anthropic_whole(claude):
    stub, client = claude
    message = ask(client)
    assert message.content[0].text == DEFAULT_REPLY and message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0
    stub.default(reasoning="Hm.", tool_calls=CALLS)
    thinking, text, call = ask(client).content
    assert (thinking.thinking, text.text, call.input) == ("Hm.", DEFAULT_REPLY, {"city": "東京"})


def test_anthropic_streamed(claude):
    stub, client = claude
    stub.default(reasoning="Hm.", tool_calls=CALLS)
    whole = ask(client)
    with client.messages.stream(model="claude-x", max_tokens=9, messages=ASK) as stream:
        final = stream.get_final_message()
    assert [b.model_dump(exclude_none=True, exclude={"parsed_output"}) for b in final.content] \
        == [b.model_dump(exclude_none=True) for b in whole.content]
    assert (final.stop_reason, final.usage.output_tokens) == ("tool_use", whole.usage.output_tokens)


@pytest.mark.parametrize("status, error", [
    (400, anthropic.BadRequestError), (401, anthropic.AuthenticationError),
    (429, anthropic.RateLimitError), (500, anthropic.InternalServerError),
    (529, anthropic.APIStatusError)])
def test_anthropic_errors(claude, status, error):
    stub, client = claude
    stub.script({"fault": "status", "status": status})
    with pytest.raises(error) as caught:
        ask(client)
    assert caught.value.status_code == status and caught.value.body["type"] == "error"


def test_anthropic_refuses_bad_requests(claude):
    _, client = claude
    with pytest.raises(anthropic.BadRequestError, match="not found in provided tools"):
        ask(client, tool_choice={"type": "tool", "name": "x"})


def test_ollama_whole_and_streamed(llama):
    stub, client = llama
    assert client.chat("llama3.2", messages=ASK).message.content == DEFAULT_REPLY
    chunks = list(client.chat("llama3.2", messages=ASK, stream=True))
    assert "".join(c.message.content for c in chunks) == DEFAULT_REPLY
    assert [c.done for c in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].done_reason == "stop" and chunks[-1].eval_count > 0
    stub.default(tool_calls=CALLS)
    call, = client.chat("llama3.2", messages=ASK).message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", {"city": "東京"})
    assert client.list().models[0].model == "llama3.2:latest"


def test_ollama_errors(llama):
    stub, client = llama
    stub.script({"fault": "status", "status": 404}, {"fault": "error_mid_stream"})
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat("nothing", messages=ASK)
    assert caught.value.status_code == 404
    with pytest.raises(ollama.ResponseError):
        list(client.chat("llama3.2", messages=ASK, stream=True))
