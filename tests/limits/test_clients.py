"""Whose address counts: peers, trusted proxies, IPv6, Unix sockets; in limits and in the log."""

import json

from limit_talk import ask
from test_rates import app


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
