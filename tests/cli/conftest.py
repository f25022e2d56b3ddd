"""What the tests of the command line share: the program, a file of chains, a server of them."""

import os
import subprocess

import pytest
import servers

APP = """\
models:
  echo: {provider: fake, echo: true}
  slow: {provider: fake, responses: [a b c], chunk: word, delay: 30ms}
  broken: {provider: fake, error: the model is broken}
chains:
  say: [{prompt: "{word}"}, echo, str]
  slowly: [slow, str]
  object: {parallel: {in: passthrough, one: {value: 1}}}
  fails: [broken, str]
routes:
  /say: say
  /slowly: slowly
  /object: object
  /fails: fails
"""


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    path = tmp_path_factory.mktemp("app") / "app.yaml"
    path.write_text(APP)
    return path


@pytest.fixture(scope="session")
def server(app, tmp_path_factory):
    server = servers.langserved(app, tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop_cleanly()


@pytest.fixture
def run(tmp_path):
    """Runs the program; returns the finished process, without a sanitizer's report."""

    def call(*arguments, stdin="", cwd=None, env=None):
        done = subprocess.run([servers.langserved_binary(), *map(str, arguments)], text=True,
                              input=stdin, capture_output=True, timeout=60, cwd=cwd or tmp_path,
                              env={**os.environ, **(env or {})})
        assert "runtime error" not in done.stderr and "Sanitizer" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(params=["file", "url"])
def target(request, app):
    """A chain by file and name, and by its URL on a server: both must be the same to a user."""

    def words(chain):
        if request.param == "file":
            return [app, chain]
        return [f"{request.getfixturevalue('server').url}/{chain}"]

    return words

