"""Tenants with canaries, clients that leave, and a Redis whose answers break off at each byte: nobody
ever sees what belongs to another, be it kept, remembered, counted or allowed."""

import json
import random
import re
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import servers
from redis_faults import Cutter, every_byte

MOST = 100000  # of a limit that nobody meets here
APP = f"""
server: {{limits_store: redis, limits_timeout: 100ms, limits: [{{rate: {MOST}/365d, by: "header:x-user"}}]}}
store: {{url: "redis://127.0.0.1:%d/1", timeout: 100ms, connect_timeout: 100ms}}
routes:
  /users:
    chain: {{lambda: "{{canary = config.configurable.user, said = input}}"}}
    cache: {{ttl: 1h, by: user}}
    config_from: {{configurable.user: {{header: x-user}}}}
    input: {{}}
  /talks:
    chain:
      parallel: {{past: {{pick: past}}, output: {{pick: asked}}}}
      history: {{input: asked, history: past}}
    input: {{}}
  /keys:
    chain: {{lambda: "{{canary = config.metadata.user}}"}}
    auth: {{store: true}}
    config_from: {{metadata.user: {{caller: name}}}}
    input: {{}}
"""


def may_be(path, has_key):
    """No answer is a mistake of the server, none takes a wrong key or refuses a good one."""
    return {"/users": {200}, "/talks": {200, 503}, "/keys": {200 if has_key else 403, 503}}[path]


def exchange(port, path, value, user, key, leaves):
    """The whole answer, or None of a client that leaves at once."""
    body = json.dumps({"input": value, "config": {"configurable": {"session_id": user}}})
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall((f"POST {path}/invoke HTTP/1.1\r\nhost: x\r\nx-user: {user}\r\nx-api-key: {key}\r\n"
                        f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n{body}").encode())
        if leaves:
            return None
        text = b""
        while data := client.recv(65536):
            text += data
        return text.decode()


def add_keys(port, folder, users):
    """Keys of the users, added through a whole connection."""
    (folder / "keys.yaml").write_text((APP % port).replace("100ms", "20s"))

    def add(user):
        return subprocess.run([servers.langserved_binary(), "keys", "add", user, folder / "keys.yaml"],
                              check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(users, pool.map(add, users)))


def test_no_foreign_canary(serve, redis, tmp_path):
    keys = add_keys(redis.port, tmp_path, [f"canary-{n}-" for n in range(0, 50, 5)])
    cutter = Cutter(redis.port, every_byte(260))
    server = serve(APP % cutter.port, "--workers", "4")
    over = time.monotonic() + 75

    def tenant(n):
        dice, served, asked, user = random.Random(n), 0, 0, f"canary-{n}-"
        while cutter.cuts and time.monotonic() < over:
            path = dice.choice(["/users", "/talks", "/keys"])
            value = {"asked": f"{user}{dice.randrange(3)}"}
            asked += 1
            text = exchange(server.port, path, value, user, keys.get(user, "wrong"), dice.random() < 0.2)
            if text is None:
                continue
            assert text.replace(user, "").count("canary-") == 0, text
            status = int(text.split(" ", 2)[1])
            assert status in may_be(path, user in keys), text
            assert user in text or status != 200, text
            used = MOST - int(re.search(r";r=(\d+)", text).group(1))
            assert 0 < used <= asked, text  # its own count, and not that of one who asks more
            served += status == 200
            time.sleep(n / 500)
        return served

    with ThreadPoolExecutor(50) as pool:
        served = sum(pool.map(tenant, range(50)))
    assert served > 100 and not cutter.cuts
    log = server.log()
    assert log.count("store_failed") > 2 and log.count("limits_alone") > 2
    well = 0  # in a row: all workers have come back
    for _ in range(1000):
        text = exchange(server.port, "/talks", {"asked": "x"}, "last", "wrong", False)
        well = well + 1 if text.startswith("HTTP/1.1 200") else 0
        if well == 30:
            break
        time.sleep(0.02)
    assert well == 30
    cutter.close()
