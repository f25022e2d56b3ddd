"""Keys of the store: made, listed and revoked beside running servers."""

import json
import os
import pathlib
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import servers
from asking import ANN, ask, invoke
from raw import children, log_lines

STORED = """
store: {path: STORE, busy_timeout: 300ms}
auth: {store: true, keys: {ann: "${ANN_KEY}"}}
routes:
  /a: {chain: {value: a}}
  /b: {chain: {value: b}}
  /who: {chain: {lambda: config.metadata}, config_from: {metadata.user: {caller: name}}}
"""
PATIENCE = 30  # seconds; for what never comes


@pytest.fixture
def stored(launch):
    return launch(STORED, "--workers", "3")


def store_of(server):
    return server.folder / "store.db"


def statuses(server, key, path="/a", count=40):
    """What so many connections get, which all workers answer."""
    with ThreadPoolExecutor(8) as pool:
        return {pool.submit(invoke, server, path, key).result().status for _ in range(count)}


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_key_lives_and_dies_in_all_workers(stored, keys):
    store = store_of(stored)
    assert statuses(stored, "lsk_" + "0" * 64) == {403}
    key = keys("add", "bob", "--store", store).strip()
    assert key.startswith("lsk_") and len(key) == 68
    until(lambda: statuses(stored, key) == {200})
    assert invoke(stored, "/who", key).json()["output"] == {"user": "bob"}
    keys("revoke", "bob", "--store", store)
    time.sleep(2)
    assert statuses(stored, key) == {403}
    assert statuses(stored, ANN) == {200}
    again = keys("add", "bob", "--store", store).strip()
    until(lambda: statuses(stored, again) == {200})
    assert statuses(stored, key) == {403}


def test_a_new_key_works_at_once_after_a_pause(stored, keys):
    for name in ("one", "two"):
        key = keys("add", name, "--store", store_of(stored)).strip()
        time.sleep(0.2)
        assert invoke(stored, "/a", key).status == 200


def test_a_key_may_end_and_open_a_part(stored, keys):
    store = store_of(stored)
    part = keys("add", "part", "--store", store, "--scopes", "/b,/who", "--limit", "10/minute").strip()
    brief = keys("add", "brief", "--store", store, "--expires", "1500ms").strip()
    time.sleep(0.2)
    assert invoke(stored, "/b", part).status == 200
    assert invoke(stored, "/a", part).detail() == "This API key does not open the route /a"
    until(lambda: invoke(stored, "/a", brief).status == 403)
    assert invoke(stored, "/a", brief).detail() == "The API key has expired"
    listed = {line["name"]: line for line in map(json.loads, keys("list", "--store", store).splitlines())}
    assert listed["part"]["scopes"] == ["/b", "/who"] and listed["part"]["limit"] == "10/minute"
    assert (listed["part"]["expires"], listed["part"]["expired"]) == (None, False)
    assert listed["brief"]["expired"] is True


def test_a_key_has_a_limit_of_its_own(stored, keys):
    """Exactly as many pass, whichever workers answer, on all routes; other keys count by themselves."""
    store = store_of(stored)
    part = keys("add", "part", "--store", store, "--limit", "20/hour").strip()
    other = keys("add", "other", "--store", store, "--limit", "20/hour").strip()
    time.sleep(0.2)
    with ThreadPoolExecutor(8) as pool:
        got = [answer.result().status for answer in
               [pool.submit(invoke, stored, "/a", part) for _ in range(60)]]
    assert (got.count(200), got.count(429)) == (20, 40)
    assert invoke(stored, "/b", part).status == 429
    assert invoke(stored, "/a", other).status == 200
    assert statuses(stored, ANN) == {200}


def test_the_key_is_shown_once(keys, tmp_path):
    store = tmp_path / "deep" / "store.db"
    key = keys("add", "bob", "--store", store).strip()
    assert key not in keys("list", "--store", store)
    for path in store.parent.iterdir():
        assert key.encode() not in path.read_bytes() and key[4:].encode() not in path.read_bytes()
    assert os.stat(store).st_mode & 0o077 == 0


def test_the_store_is_that_of_an_app(keys, tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text(STORED.replace("STORE", str(tmp_path / "own.db")).replace("${ANN_KEY}", "${A:-k}"))
    keys("add", "bob", app, "--scopes", "/a")
    assert json.loads(keys("list", app))["name"] == "bob"
    assert "no route /c" in keys("add", "eve", app, "--scopes", "/a,/c", status=2)
    keys("revoke", "bob", app)
    assert keys("list", app) == ""
    assert (tmp_path / "own.db").exists()


@pytest.mark.parametrize("words, status, told", [
    ([], 2, "expected `keys add NAME`"), (["add"], 2, "expected `keys add NAME`"),
    (["remove", "x"], 2, "expected"), (["revoke"], 2, "expected"),
    (["list", "app.yaml", "more"], 2, "expected"),
    (["add", "x", "--limit", "often"], 2, "10/minute"), (["add", ""], 2, "name is empty"),
    (["add", "a\nb"], 2, "control"), (["add", "x", "--scopes", "a"], 2, "/translate"),
    (["add", "x", "--scopes", "/a,"], 2, "/translate"),
    (["add", "x", "--expires", "soon"], 2, "2027-01-31"),
    (["add", "x", "--expires", "2001-01-01"], 2, "is over"),
    (["list", "--limit", "1/s"], 2, "options of `keys add`"),
    (["list", "app.yaml", "--store", "x"], 2, "not both"), (["list", "--stor", "x"], 2, "--store"),
    (["list", "no.yaml"], 2, "no.yaml"), (["list", "--store", "no.db"], 1, "no.db"),
    (["revoke", "x", "--store", "no.db"], 1, "no.db"),
    (["add", "x", "--store", "/proc/none/store.db"], 1, "/proc/none"),
])
def test_mistakes_of_the_command(keys, words, status, told):
    assert told in keys(*words, status=status)


@pytest.mark.parametrize("words", [["list"], ["add", "x"], ["revoke", "x"]])
def test_a_file_that_is_no_store_stays_as_it_is(keys, tmp_path, words):
    notes = tmp_path / "notes.txt"
    notes.write_text("Milk, bread")
    assert "no SQLite file" in keys(*words, "--store", notes, status=1)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "notes.txt": "Milk, bread"}


def test_names_are_taken_once(keys, tmp_path):
    store = tmp_path / "store.db"
    keys("add", "bob", "--store", store)
    assert "'bob' has a key" in keys("add", "bob", "--store", store, status=1)
    keys("revoke", "bob", "--store", store)
    assert "'bob' has no key" in keys("revoke", "bob", "--store", store, status=1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: keys("add", f"k{i}", "--store", store), range(8)))
    assert len(keys("list", "--store", store).splitlines()) == 8


def memory(pid):
    """Resident, in KiB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def test_a_flood_of_wrong_keys_costs_no_memory(stored):
    """And opens nothing; the address sanitizer keeps what is freed for a while."""
    def flood(count):
        for i in range(count):
            assert ask(stored, "/a/invoke", f"wrong-{i}-{os.urandom(8).hex()}", {}).status == 403

    flood(1000)
    before = [memory(pid) for pid in children(stored)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(flood, [500] * 8))
    after = [memory(pid) for pid in children(stored)]
    assert sum(after) - sum(before) < 100_000
    assert invoke(stored, "/a", ANN).status == 200


def test_a_locked_store_says_nothing_of_its_keys(stored, keys):
    key = keys("add", "bob", "--store", store_of(stored)).strip()
    lock = sqlite3.connect(store_of(stored), isolation_level=None)
    lock.execute("PRAGMA locking_mode = EXCLUSIVE")
    lock.execute("BEGIN EXCLUSIVE")
    try:
        assert statuses(stored, key, count=10) == {503}
        assert statuses(stored, ANN) == {200}
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    until(lambda: statuses(stored, key) == {200})
    until(lambda: statuses(stored, "wrong", count=5) == {403})  # each worker finds out by itself


def test_a_store_that_cannot_be_read_opens_only_what_the_file_does(launch):
    server = launch(STORED.replace("path: STORE", "path: /proc/none/store.db"))
    answer = invoke(server, "/a", "lsk_unknown")
    assert (answer.status, answer.detail()) == (503, "The store is not available")
    assert invoke(server, "/a", ANN).status == 200
    assert invoke(server, "/a").status == 401
    assert log_lines(server, "keys_unread")


def test_a_corrupt_store_opens_nothing(stored, keys):
    store = store_of(stored)
    key = keys("add", "bob", "--store", store).strip()
    until(lambda: statuses(stored, key) == {200})
    for path in store.parent.glob("store.db*"):
        path.write_bytes(b"rubbish" * 1000)
    until(lambda: 200 not in statuses(stored, key))
    assert invoke(stored, "/a", ANN).status == 200


MISTAKES = """
auth:
  missing: 402
  header: Authorization
  keys:
    empty: "${NOBODY_SET_THIS:-}"
    short: sha256:abcd
    list: [1]
    same: "${K:-same}"
    again: "${K:-same}"
    nowhere: {key: "${K2:-x}", scopes: [/b]}
    nothing: {key: "${K3:-y}", scopes: []}
    when: {key: "${K4:-z}", expires: 30d}
    often: {key: "${K5:-w}", limit: often}
    typo: {kee: "${K6:-v}"}
    plain: in-the-clear-canary
routes:
  /a: {chain: passthrough, auth: nobody}
  /c: {chain: passthrough, auth: {}}
  /d: {chain: passthrough, auth: {store: true, open: [docs]}}
  /e: {chain: passthrough, auth: none, config_from: {metadata.x: {caller: name}}}
  /f: {chain: passthrough, config_from: {metadata.x: {caller: scopes, header: x}}}
"""
TOLD = [
    ":3:12: error: missing: expected 401, 403 or 422", ":4:11: error: header: expected the name",
    ":6:12: error: key: a key has 1 to 1024 bytes", ":7:12: error: key: behind `sha256:`",
    ":8:11: error: list: expected a key or a mapping", "'same' and 'again' have the same key",
    "scopes: an empty list opens nothing", "expires: expected a date or a time",
    "limit: a limit is a number", "unknown key option 'kee', did you mean 'key'?",
    "warning: key: it can be read in this file", "auth: expected `none` or a mapping",
    "auth: no key would open anything", "open: only the app's `auth` has it",
    "caller: the route asks for no keys", "header: not beside `caller`",
]


def test_mistakes_are_told_where_they_are(tmp_path):

    app = tmp_path / "app.yaml"
    app.write_text(MISTAKES)
    done = servers.check(app)
    assert done.returncode == 2
    for told in TOLD:
        assert told in done.stderr, told
    assert "canary" not in done.stderr and "same-" not in done.stderr
    app.write_text('auth: {keys: {a: {key: "${K:-x}", scopes: /b}}}\nroutes: {/a: {chain: passthrough}}\n')
    done = servers.check(app)
    assert "the key 'a' is for /b, and there is no such route" in done.stderr
