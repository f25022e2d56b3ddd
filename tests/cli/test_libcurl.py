"""libcurl is loaded by apps that ask other servers, before they listen, and by no others."""

import pathlib

import pytest
import servers

FAKE = """\
server: {core_dumps: true}  # so that /proc shows what is loaded
models:
  echo: {provider: fake, echo: true}
routes:
  /say: {chain: [{prompt: "{word}"}, echo, str]}
"""
ASKING = {
    "a model": FAKE.replace("models:", "models:\n  asks: {provider: openai, model: m, api_key: k}"),
    "a remote chain": FAKE + "  /ask: {chain: {remote: 'http://127.0.0.1:1/summarise'}}\n",
    "kept runs": FAKE.replace("str]", "str], resumable: true"),
}


def loads(server):
    """Whether the master and its worker have libcurl."""
    pid = server.process.pid
    workers = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        "libcurl" in pathlib.Path(f"/proc/{one}/maps").read_text() for one in [pid, *workers]
    }


@pytest.fixture
def broken(tmp_path):
    """An environment in which libcurl cannot be loaded."""
    (tmp_path / "libcurl.so.4").write_text("no library")
    return {"LD_LIBRARY_PATH": str(tmp_path)}


def test_an_app_that_asks_nobody_does_without(serve, broken):
    assert loads(serve(FAKE)) == {False}
    serve(FAKE, env=broken)


@pytest.mark.parametrize("app", ASKING.values(), ids=ASKING.keys())
def test_who_asks_others_loads_it_before_there_are_workers(serve, app):
    assert loads(serve(app)) == {True}


def test_traces_are_sent_with_it(serve):
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "otlp"}
    assert loads(serve(FAKE, env=env)) == {True}


@pytest.mark.parametrize("app", ASKING.values(), ids=ASKING.keys())
def test_an_app_is_refused_where_it_cannot_be_loaded(run, broken, tmp_path, app):
    (tmp_path / "app.yaml").write_text(app)
    for command in (["check"], ["serve", "--port", "0"]):
        done = run(*command, tmp_path / "app.yaml", env=broken)
        assert done.returncode == 2 and "libcurl cannot be loaded: " in done.stderr, done.stderr


def test_a_command_that_cannot_load_it_says_so(run, broken):
    done = run("invoke", "http://127.0.0.1:1/say", '{"word": "a"}', env=broken)
    assert done.returncode == 1 and "libcurl cannot be loaded: " in done.stderr, done.stderr
