"""The stubs of Azure and Gemini are good servers: the `openai` package says so."""

import openai
import pytest
from azure_stub import AzureStub
from gemini_stub import GeminiStub
from stub_answers import DEFAULT_REPLY
from stub_probe import create, text_of

CALLS = [{"name": "get_weather", "arguments": {"city": "東京"}}]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]


@pytest.fixture(name="azure")
def start_azure():
    with AzureStub(api_key="k-azure") as stub:
        yield stub


@pytest.fixture(name="gemini")
def start_gemini():
    with GeminiStub(api_key="k-gemini") as stub:
        with openai.OpenAI(base_url=stub.base_url, api_key="k-gemini", max_retries=0) as client:
            yield stub, client


def azure_client(stub, **options):
    return openai.AzureOpenAI(**{
        "azure_endpoint": stub.base_url, "azure_deployment": "mini", "api_version": "2024-10-21",
        "api_key": "k-azure", "max_retries": 0, **options})


def test_azure_whole_and_streamed(azure):
    with azure_client(azure) as client:
        answer = create(client)
        assert answer.choices[0].message.content == DEFAULT_REPLY
        chunks = list(create(client, stream=True))
    assert chunks[0].choices == [] and text_of(chunks) == DEFAULT_REPLY
    for record in azure.requests():
        assert record["path"] == "/openai/deployments/mini/chat/completions?api-version=2024-10-21"
        assert record["headers"]["api-key"] == "k-azure"


def test_azure_refuses(azure):
    with azure_client(azure, api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
        create(client)
    with openai.OpenAI(base_url=azure.url + "/openai/deployments/mini", api_key="x", max_retries=0,
                       default_headers={"api-key": "k-azure"}) as client:
        with pytest.raises(openai.NotFoundError):  # there is no version
            create(client)


def test_gemini_whole_and_streamed(gemini):
    stub, client = gemini
    answer = create(client)
    assert answer.choices[0].message.content == DEFAULT_REPLY and answer.usage.total_tokens > 0
    chunks = list(create(client, stream=True, stream_options={"include_usage": True}))
    assert text_of(chunks) == DEFAULT_REPLY
    assert [bool(chunk.usage) for chunk in chunks] == [*[False] * (len(chunks) - 1), True]
    stub.default(tool_calls=CALLS)
    call, = create(client, tools=TOOLS).choices[0].message.tool_calls
    assert call.id is None and call.function.arguments == '{"city": "東京"}'


def test_gemini_refuses(gemini):
    _, client = gemini
    with pytest.raises(openai.BadRequestError) as caught:
        create(client, n=2)
    error, = caught.value.response.json()
    assert 'Unknown name "n"' in error["error"]["message"]
