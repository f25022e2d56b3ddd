"""Ports for servers that are told theirs."""

import random
import socket

# Below those that Linux gives to clients (ip_local_port_range): what connects elsewhere never sits
# on one, and who connects to one at which nobody listens is refused, never connected to himself.
OURS = range(20000, 32000)


def free_port():
    """A port of 127.0.0.1 that nobody uses: also while its server is down."""
    for port in random.SystemRandom().sample(OURS, 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no port is free")
