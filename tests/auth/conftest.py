"""What the tests of API keys share: an app with keys of both kinds, and its server."""

import os
import subprocess

import pytest
import servers
from asking import APP, KEYS


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """launch(text, *options) starts langserved; its store is store.db in its folder."""
    started = []

    def start(app, *options):
        folder = tmp_path_factory.mktemp("auth")
        (folder / "app.yaml").write_text(app.replace("STORE", str(folder / "store.db")))
        env = {name: text for name, text in KEYS.values()}
        started.append(servers.langserved(folder / "app.yaml", folder, *options, env=env).start())
        return started[-1]

    yield start
    for server in started:
        server.stop_cleanly()


@pytest.fixture(scope="module")
def server(launch):
    """Two workers that serve APP."""
    return launch(APP, "--workers", "2")


@pytest.fixture(scope="session")
def keys():
    """keys("add", "bob", "--store", path): standard output of `langserved keys`."""

    def call(*words, status=0):
        done = subprocess.run([servers.langserved_binary(), "keys", *map(str, words)], text=True,
                              capture_output=True, timeout=60, env=os.environ)
        assert done.returncode == status, done.stderr
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return done.stdout if status == 0 else done.stderr

    return call
