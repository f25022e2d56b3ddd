"""Fixtures of the tests of OpenAI's provider: the stub, and our server in front of it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stub"))

# pylint: disable=wrong-import-position
from openai_rig import KEY, Rig, app_file, rig_of  # noqa: E402
from openai_schema import open_schema  # noqa: E402
from openai_stub import OpenAIStub  # noqa: E402


@pytest.fixture(scope="session")
def session_rig(tmp_path_factory):
    yield from rig_of(OpenAIStub, app_file, tmp_path_factory.mktemp("openai"))


@pytest.fixture
def rig(session_rig):
    """The two without memories."""
    session_rig.forget()
    return session_rig


@pytest.fixture
def start(serve):
    """start(stub, text, *options, **env) is a Rig with a server of its own."""
    def begin(stub, text, *options, **env):
        stub.reset()
        return Rig(stub, serve(text, *options, env={"STUB_KEY": KEY, **env}))
    return begin


@pytest.fixture
def stub():
    """A stub of one's own, which takes any key."""
    with OpenAIStub() as own:
        yield own


@pytest.fixture(scope="session")
def schema():
    """OpenAI's published schema."""
    found = open_schema()
    if found is None:
        pytest.skip("OpenAI's published schema is not here (set LANGSERVED_SHARED)")
    return found
