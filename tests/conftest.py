"""Fixtures shared by the wire and end-to-end tests: the two servers.

LANGSERVED_BIN      the binary under test (default: build/langserved)
LANGSERVED_SHARED   the folder with recorded exchanges (default: ../shared beside the repository)
"""

import os
import pathlib
import shutil
from types import SimpleNamespace

import langserve.client
import pytest

import redis_server
import servers
import toxiproxy

pytest.register_assert_rewrite("provider_faults")  # what it compares is told as a test's own

# LangServe's client starts a thread when the collector takes it.  Where that happens while another
# thread is being started, as its chains do all the time, both wait for ever: it just goes.
langserve.client.weakref = SimpleNamespace(finalize=lambda *_: None)


def need_binary():
    binary = servers.langserved_binary()
    if not os.access(binary, os.X_OK):
        pytest.fail(f"{binary} is not there: run `make build`, or set LANGSERVED_BIN",
                    pytrace=False)


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """The real LangServe from PyPI."""
    server = servers.langserve(tmp_path_factory.mktemp("langserve")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ours(tmp_path_factory):
    """langserved with tests/wire/app.yaml."""
    need_binary()
    folder = tmp_path_factory.mktemp("langserved")
    env = {"WIRE_STORE": str(folder / "store.db")}
    server = servers.langserved(servers.TESTS / "wire" / "app.yaml", folder, env=env).start()
    yield server
    server.stop_cleanly()


@pytest.fixture(params=["original", "ours"])
def server(request):
    """Each of the two in turn: what a client test expects is thereby proven on the original."""
    return request.getfixturevalue(request.param)


def starter(tmp_path_factory):
    """Gives start(text or path, *options, env=None), which starts langserved; then stops and checks
    all that it has started."""
    need_binary()
    started = []

    def start(app, *options, env=None):
        folder = tmp_path_factory.mktemp("langserved")
        if isinstance(app, str):
            (folder / "app.yaml").write_text(app, encoding="utf-8")
            app = folder / "app.yaml"
        started.append(servers.langserved(app, folder, *options, env=env).start())
        return started[-1]

    yield start
    for server in started:
        server.stop_cleanly()


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """launch(text or path, *options, env=None) starts langserved, once for a file."""
    yield from starter(tmp_path_factory)


@pytest.fixture
def serve(tmp_path_factory):
    """serve(text or path, *options, env=None) starts langserved, for a test."""
    yield from starter(tmp_path_factory)


@pytest.fixture(scope="session")
def shared():
    """The folder of recorded exchanges and corpora; tests that need it are skipped without it."""
    folder = pathlib.Path(os.environ.get("LANGSERVED_SHARED") or servers.REPO.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there (set LANGSERVED_SHARED)")
    return folder


@pytest.fixture
def redis(tmp_path):
    """A Redis server of the test's own."""
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    server = redis_server.Redis(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
def poisoner():
    """Toxiproxy: a program whose proxies can be poisoned."""
    program = toxiproxy.find()
    if not program:
        pytest.skip("toxiproxy is not here: install Go and run `scripts/setup --test`")
    server = toxiproxy.Toxiproxy(program)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "redis"])
def store(request, tmp_path):
    """The store in YAML, for each backend."""
    if request.param == "sqlite":
        return f"store: {{path: {tmp_path}/own/store.db}}\n"
    return f"store: {{url: '{request.getfixturevalue('redis').url}', timeout: 1s}}\n"
