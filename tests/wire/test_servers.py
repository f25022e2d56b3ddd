"""The harness itself: what it must notice about a server, shown with small false ones."""

import sys
import textwrap

import pytest
import servers

FALSE_SERVER = """\
#!{python}
import http.server, os, pathlib, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
{begin}
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on http://127.0.0.1:{{server.server_port}}", flush=True)
signal.signal(signal.SIGTERM, lambda *_: {end})
server.serve_forever()
"""
REPORT = """\
path = os.environ["ASAN_OPTIONS"].split("log_path=")[1].split(":")[0]
pathlib.Path(path + ".1").write_text("ERROR: LeakSanitizer")
"""


@pytest.fixture
def false_server(tmp_path, monkeypatch):
    """Starts a false langserved that runs `begin` first and `end` on SIGTERM."""

    def start(begin="", end="os._exit(0)"):
        binary = tmp_path / "langserved"
        binary.write_text(
            FALSE_SERVER.format(python=sys.executable, begin=textwrap.dedent(begin), end=end))
        binary.chmod(0o755)
        monkeypatch.setenv("LANGSERVED_BIN", str(binary))
        return servers.langserved("app.yaml", tmp_path).start()

    return start


def test_a_clean_server_passes(false_server):
    server = false_server()
    assert server.url == f"http://127.0.0.1:{server.port}"
    server.stop_cleanly()


def test_exit_status_is_noticed(false_server):
    with pytest.raises(AssertionError, match="exit status 3"):
        false_server(end="os._exit(3)").stop_cleanly()


def test_death_by_signal_is_noticed(false_server):
    with pytest.raises(AssertionError, match="exit status -6"):
        false_server(end="os.abort()").stop_cleanly()


def test_sanitizer_report_is_noticed(false_server):
    with pytest.raises(AssertionError, match="LeakSanitizer"):
        false_server(begin=REPORT).stop_cleanly()


def test_early_end_shows_the_log(false_server):
    with pytest.raises(AssertionError, match="(?s)status 2 before it was ready.*app.yaml is wrong"):
        false_server(begin="print('app.yaml is wrong', flush=True); os._exit(2)")


def test_never_ready_is_noticed(false_server, monkeypatch):
    monkeypatch.setattr(servers, "START_SECONDS", 1)
    with pytest.raises(AssertionError, match="not ready"):
        false_server(begin="Handler.do_GET = lambda self: self.send_error(503)")


def test_deaf_server_is_killed(false_server, monkeypatch):
    monkeypatch.setattr(servers, "STOP_SECONDS", 1)
    server = false_server(end="None")
    with pytest.raises(AssertionError, match="still running"):
        server.stop_cleanly()
    assert server.process.poll() is not None
