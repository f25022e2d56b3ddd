"""Whose address counts: peers, trusted proxies, IPv6, Unix sockets; in limits and in the log."""

import json
import shutil
import subprocess
import time
import types

import pytest
from limit_talk import ask
from ports import free_port
from test_rates import app

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NGINX_CONF = """
daemon off; pid FOLDER/pid; error_log FOLDER/errors; events {}
http {
    access_log off; client_body_temp_path FOLDER/a; proxy_temp_path FOLDER/b;
    fastcgi_temp_path FOLDER/c; uwsgi_temp_path FOLDER/d; scgi_temp_path FOLDER/e;
    server {
        listen 127.0.0.1:PORT;
        location / {
            proxy_pass http://127.0.0.1:BEHIND;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
    }
}
"""


def statuses(server, forwarded, **more):
    return [ask(server, "/a/invoke", headers={"X-Forwarded-For": value}, **more).status
            for value in forwarded]


def test_nobody_is_believed_who_is_not_trusted(serve):
    server = serve(app("limit: 1/hour", "trusted_proxies: [10.0.0.0/8]"))
    assert statuses(server, ["1.1.1.1", "2.2.2.2"]) == [200, 429]
    assert '"client":"127.0.0.1"' in server.log() and "1.1.1.1" not in server.log()


def test_a_trusted_proxy_tells_the_client(serve):
    server = serve(app("limit: 1/hour", "trusted_proxies: [127.0.0.1, 10.0.0.0/8]"))
    # who is left of the first address that is not trusted may be made up
    assert statuses(server, ["1.1.1.1", "2.2.2.2, 1.1.1.1", "1.1.1.1, 10.1.2.3", "3.3.3.3"]) == [
        200, 429, 429, 200]
    told = [json.loads(line) for line in server.log().splitlines() if '"request"' in line]
    clients = [line["client"] for line in told if line["path"] == "/a/invoke"]
    assert clients == ["1.1.1.1", "1.1.1.1", "1.1.1.1", "3.3.3.3"]


def test_ipv6_clients_have_64_bits_for_themselves(serve):
    server = serve(app("limit: 1/hour", "trusted_proxies: [127.0.0.1]"))
    assert statuses(server, ["2001:db8:1:1::1", "2001:db8:1:1:ffff::2", "2001:db8:1:2::1"]) == [
        200, 429, 200]


def test_peers_of_a_unix_socket_are_one_client(serve, tmp_path):
    path = tmp_path / "s"
    server = serve(app("limit: 1/hour", f"socket: {path}"))
    assert statuses(server, ["1.1.1.1", "2.2.2.2"], unix=path) == [200, 429]
    assert ask(server, "/a/invoke").status == 200


def test_a_proxy_on_a_unix_socket_may_be_trusted(serve, tmp_path):
    path = tmp_path / "s"
    server = serve(app("limit: 1/hour", f"socket: {path}, trusted_proxies: unix"))
    assert statuses(server, ["1.1.1.1", "2.2.2.2", "1.1.1.1"], unix=path) == [200, 200, 429]


@pytest.fixture
def nginx(tmp_path):
    """nginx(server) starts nginx before a server; it has a `port`, too."""
    if not NGINX:
        pytest.skip("nginx is not installed")
    started = []

    def start(server):
        port = free_port()
        text = NGINX_CONF.replace("FOLDER", str(tmp_path)).replace("PORT", str(port))
        (tmp_path / "conf").write_text(text.replace("BEHIND", str(server.port)))
        started.append(subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "conf")]))
        before = types.SimpleNamespace(port=port)
        for _ in range(1000):
            try:
                assert ask(before, "/health", None).status == 200
                return before
            except OSError:
                time.sleep(0.02)
        raise AssertionError((tmp_path / "errors").read_text())

    yield start
    for process in started:
        process.terminate()
        process.wait()


def test_behind_nginx_clients_are_told_apart_and_do_not_choose_who_they_are(serve, nginx):
    server = serve(app("limit: 1/hour", "trusted_proxies: [127.0.0.0/30]"))
    before = nginx(server)
    # nginx adds who called it; what stands left of that is believed of a trusted proxy alone
    assert statuses(before, ["1.1.1.1", "9.9.9.9, 1.1.1.1", "2.2.2.2"]) == [200, 429, 200]
    server = serve(app("limit: 1/hour", "trusted_proxies: [10.0.0.1]"))
    assert statuses(nginx(server), ["1.1.1.1", "2.2.2.2"]) == [200, 429]


def test_streams_and_limits_pass_through_nginx(serve, nginx):
    before = nginx(serve(app("limit: 2/hour", "trusted_proxies: [127.0.0.1]")))
    told = [ask(before, "/a/stream") for _ in range(3)]
    assert [answer.status for answer in told] == [200, 200, 429]
    assert "event: end" in told[0].text and told[0].left == [1]
    assert int(told[2].headers["retry-after"]) > 0
