"""Fixtures of the tests of Ollama's provider: the stub, and our server in front of it."""

import pathlib
import sys

import pytest

import servers

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stub"), str(TESTS / "openai")]

pytest.register_assert_rewrite("provider_faults")

# pylint: disable=wrong-import-position
from ollama_rig import app_file  # noqa: E402
from ollama_stub import OllamaStub  # noqa: E402
from openai_rig import KEY, Rig  # noqa: E402


@pytest.fixture(scope="session")
def ollama_session(tmp_path_factory):
    """One stub that wants a key, and one server; the end checks for sanitizer reports."""
    folder = tmp_path_factory.mktemp("ollama")
    with OllamaStub(api_key=KEY) as stub:
        (folder / "app.yaml").write_text(app_file(stub), encoding="utf-8")
        server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
        yield Rig(stub, server)
        server.stop_cleanly()


@pytest.fixture
def rig(ollama_session):
    """The two without memories."""
    ollama_session.forget()
    return ollama_session
