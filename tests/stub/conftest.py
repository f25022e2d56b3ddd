"""Fixtures of the stub's own tests."""

import openai
import pytest

from openai_schema import open_schema
from openai_stub import OpenAIStub
from stub_probe import Raw


@pytest.fixture(scope="module")
def running_stub():
    """One stub for a whole file."""
    with OpenAIStub(api_key="sk-test") as stub:
        yield stub


@pytest.fixture
def stub(running_stub):
    """The stub without memories."""
    running_stub.reset()
    return running_stub


@pytest.fixture
def client(stub):
    """The real client, which does not retry."""
    with openai.OpenAI(base_url=stub.base_url, api_key="sk-test", max_retries=0,
                       timeout=20) as client:
        yield client


@pytest.fixture(scope="session")
def schema():
    """OpenAI's published schema."""
    found = open_schema()
    if found is None:
        pytest.skip("OpenAI's published schema is not here (set LANGSERVED_SHARED)")
    return found


@pytest.fixture
def raw(stub):
    """Bare sockets and HTTP."""
    return Raw(stub)
