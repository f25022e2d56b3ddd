"""Fixtures of the tests of OpenAI's provider: the stub, and our server in front of it."""

import pathlib
import sys

import pytest

import servers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stub"))

# pylint: disable=wrong-import-position
from openai_rig import KEY, Rig, app_file  # noqa: E402
from openai_schema import open_schema  # noqa: E402
from openai_stub import OpenAIStub  # noqa: E402


@pytest.fixture(scope="session")
def session_rig(tmp_path_factory):
    """One stub that wants a key, and one server; the end checks for sanitizer reports."""
    folder = tmp_path_factory.mktemp("openai")
    with OpenAIStub(api_key=KEY) as stub:
        (folder / "app.yaml").write_text(app_file(stub), encoding="utf-8")
        server = servers.langserved(folder / "app.yaml", folder, env={"STUB_KEY": KEY}).start()
        yield Rig(stub, server)
        server.stop_cleanly()


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
