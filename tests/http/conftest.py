"""Fixtures of the tests of the HTTP server."""

import os

import pytest
import servers


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """launch(text or path, *options) starts langserved, once for a file; the end stops and checks all."""
    binary = servers.langserved_binary()
    if not os.access(binary, os.X_OK):
        pytest.fail(f"{binary} is not there: run `make build`, or set LANGSERVED_BIN",
                    pytrace=False)
    started = []

    def start(app, *options, env=None):
        folder = tmp_path_factory.mktemp("http")
        if isinstance(app, str):
            (folder / "app.yaml").write_text(app, encoding="utf-8")
            app = folder / "app.yaml"
        server = servers.langserved(app, folder, *options, env=env)
        started.append(server.start())
        return server

    yield start
    for server in started:
        server.stop_cleanly()


@pytest.fixture(scope="session")
def corpora(shared):
    """The folder of public test corpora."""
    if not (shared / "corpora").is_dir():
        pytest.skip(f"{shared / 'corpora'} is not there (set LANGSERVED_SHARED)")
    return shared / "corpora"
