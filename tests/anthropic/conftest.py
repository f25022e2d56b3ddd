"""Fixtures of the tests of Anthropic's provider: the stub, and our server in front of it."""

import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stub"), str(TESTS / "openai")]

# pylint: disable=wrong-import-position
from anthropic_rig import app_file  # noqa: E402
from anthropic_stub import AnthropicStub  # noqa: E402
from openai_rig import rig_of  # noqa: E402


@pytest.fixture(scope="session")
def anthropic_session(tmp_path_factory):
    yield from rig_of(AnthropicStub, app_file, tmp_path_factory.mktemp("anthropic"))


@pytest.fixture
def rig(anthropic_session):
    """The two without memories."""
    anthropic_session.forget()
    return anthropic_session
