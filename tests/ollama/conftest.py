"""Fixtures of the tests of Ollama's provider: the stub, and our server in front of it."""

import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stub"), str(TESTS / "openai")]

# pylint: disable=wrong-import-position
from ollama_rig import app_file  # noqa: E402
from ollama_stub import OllamaStub  # noqa: E402
from openai_rig import rig_of  # noqa: E402


@pytest.fixture(scope="session")
def ollama_session(tmp_path_factory):
    yield from rig_of(OllamaStub, app_file, tmp_path_factory.mktemp("ollama"))


@pytest.fixture
def rig(ollama_session):
    """The two without memories."""
    ollama_session.forget()
    return ollama_session
