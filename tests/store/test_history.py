"""Conversations, from outside: the real client, several workers, and what may befall the file."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import servers
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableFieldSpec, RunnableLambda, RunnableParallel
from langchain_core.runnables.history import RunnableWithMessageHistory
from langserve import RemoteRunnable

# The client closes its connections when it is collected, on an event loop that is gone by then.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EXAMPLE = servers.REPO / "examples/chat-history/app.yaml"
# Gives what it was given of the past, and answers with what was asked.
SHOWS = """
store: {path: %s}
chains:
  shows: {parallel: {past: {pick: past}, output: {pick: asked}}}
routes:
  /shows: {chain: {chain: shows, history: {input: asked, history: past, window: 10000}}, input: {}}
  /list: {chain: {chain: passthrough, history: {}}, input: {}, output: {}}
  /users:
    chain: {chain: shows, history: {input: asked, history: past, session: [user, talk], window: 3}}
    input: {}
"""


def session(**fields):
    return {"configurable": fields or {"session_id": "s"}}


@pytest.fixture
def start(tmp_path):
    """start(*options) serves SHOWS with two workers; the store is tmp_path/own/store.db."""
    started = []

    def one(*options, app=None, env=None):
        app = app or tmp_path / "app.yaml"
        if not app.exists():
            app.write_text(SHOWS % (tmp_path / "own" / "store.db"))
        server = servers.langserved(app, tmp_path, *(options or ("--workers", "2")), env=env).start()
        started.append(server)
        return server

    yield one
    for server in started:
        server.stop_cleanly()


def remote(server, path):
    return RemoteRunnable(server.url + path, timeout=60, verify=False)


def ask(server, path, value, config=None):
    """Status and body, over a connection of its own, so that any worker may get it."""
    config = session() if config is None else config
    body = json.dumps({"input": value, "config": config}).encode()
    try:
        with urllib.request.urlopen(server.url + path, body, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def past(server, path="/shows", config=None):
    """(type, content) of what the next request would see; this one is then part of it."""
    status, body = ask(server, path + "/invoke", {"asked": "?"}, config)
    assert status == 200, body
    return [(m["type"], m["content"]) for m in body["output"]["past"]]


def rows(folder):
    file = sqlite3.connect(f"file:{folder}/own/store.db?mode=ro", uri=True)
    try:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok", )
        return [
            json.loads(data) for (data, ) in file.execute(
                "SELECT data FROM item ORDER BY entry, place")
        ]
    finally:
        file.close()


def test_the_example_with_the_python_client(start, tmp_path):
    server = start("--workers", "2", app=EXAMPLE, env={"CHAT_STORE": str(tmp_path / "chat.db")})
    chat = remote(server, "/chat")
    config = session(session_id="x")
    assert chat.invoke({"human_input": "I am Ada."}, config=config).content == "I am Ada."
    chunks = list(chat.stream({"human_input": "Who am I?"}, config=config))
    assert len(chunks) > 1
    assert "".join(chunk.content for chunk in chunks) == "Who am I?"
    answers = chat.batch([{"human_input": "a"}, {"human_input": "b"}],
                         config=[session(session_id="x"), session(session_id="y")])
    assert [answer.content for answer in answers] == ["a", "b"]
    file = sqlite3.connect(tmp_path / "chat.db")
    said = [json.loads(data)["content"] for (data, ) in file.execute("SELECT data FROM item "
            "JOIN entry ON entry.id = item.entry WHERE CAST(entry.key AS TEXT) LIKE '%x' ORDER BY place")]
    file.close()
    assert said == ["I am Ada.", "I am Ada.", "Who am I?", "Who am I?", "a", "a"]
    users = remote(server, "/users")
    whose = session(user_id="u", conversation_id="c")
    assert users.invoke({"human_input": "hello"}, config=whose).content == "hello"


def test_the_schemas_show_the_fields(start):
    server = start("--workers", "1", app=EXAMPLE, env={"CHAT_STORE": "unused/store.db"})
    with urllib.request.urlopen(server.url + "/users/config_schema") as answer:
        fields = json.load(answer)["$defs"]["Configurable"]["properties"]
    assert fields["user_id"] == {"default": "", "title": "User ID", "type": "string",
                                 "description": "Unique identifier for the user."}
    assert list(fields) == ["conversation_id", "user_id"]
    with urllib.request.urlopen(server.url + "/chat/config_schema") as answer:
        assert answer.read() == (
            b'{"$defs":{"Configurable":{"properties":{"session_id":{"default":"","description":'
            b'"Unique identifier for a session.","title":"Session ID","type":"string"}},"title":'
            b'"Configurable","type":"object"}},"properties":{"configurable":{"$ref":'
            b'"#/$defs/Configurable","default":null}},"title":"RunnableSequenceConfig",'
            b'"type":"object"}')


@pytest.mark.parametrize("config", [{}, {"configurable": {}}, session(session_id=""),
                                    session(other="x")])
def test_a_missing_session_is_a_clear_422(start, config):
    server = start()
    status, body = ask(server, "/shows/invoke", {"asked": "x"}, config)
    assert status == 422
    assert "Missing keys ['session_id'] in config['configurable']" in body["detail"]
    with pytest.raises(httpx.HTTPStatusError, match="expected keys are"):
        remote(server, "/shows").invoke({"asked": "x"}, config=config)
    with pytest.raises(httpx.HTTPStatusError):
        list(remote(server, "/shows").stream({"asked": "x"}, config=config))


def langchain_shows(keys):
    """The same chains in LangChain."""
    stores = {}

    def find(**fields):
        return stores.setdefault(tuple(sorted(fields.items())), InMemoryChatMessageHistory())

    def find_one(session_id):
        return find(session_id=session_id)

    def find_two(user, talk):
        return find(user=user, talk=talk)

    shows = RunnableParallel(past=RunnableLambda(lambda x: x["past"]),
                             output=RunnableLambda(lambda x: x["asked"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if keys == "list":
            return RunnableWithMessageHistory(RunnableLambda(lambda x: x), find_one)
        if keys == "two":
            return RunnableWithMessageHistory(
                shows, find_two, input_messages_key="asked", history_messages_key="past",
                history_factory_config=[
                    ConfigurableFieldSpec(id=name, annotation=str, default="", is_shared=True)
                    for name in ("user", "talk")
                ])
        return RunnableWithMessageHistory(shows, find_one, input_messages_key="asked",
                                          history_messages_key="past")


ONE, OTHER = session(session_id="1"), session(session_id="2")
TALKS = {
    "text": ("/shows", "one", [({"asked": "a"}, ONE), ({"asked": "b"}, ONE), ({"asked": "c"}, ONE)]),
    "sessions": ("/shows", "one", [({"asked": "a"}, ONE), ({"asked": "b"}, OTHER),
                                   ({"asked": "c"}, ONE), ({"asked": "d"}, OTHER)]),
    "messages": ("/shows", "one", [({"asked": [HumanMessage("a"), AIMessage("b")]}, ONE),
                                   ({"asked": HumanMessage("c", name="bob")}, ONE),
                                   ({"asked": "d"}, ONE)]),
    "lists": ("/list", "list", [([HumanMessage("a")], ONE), ([HumanMessage("b")], ONE),
                                ([HumanMessage("c"), AIMessage("d")], OTHER)]),
    "two fields": ("/users", "two", [({"asked": "a"}, session(user="x", talk="y")),
                                     ({"asked": "b"}, session(user="y", talk="x")),
                                     ({"asked": "c"}, session(user="x", talk="y"))]),
}


def shown(value):
    """Messages as (type, content, name)."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return value if isinstance(value, str) else (value.type, value.content, value.name)


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_langchain_remembers_the_same(start, talk, how):
    path, keys, turns = TALKS[talk]
    theirs, ours = langchain_shows(keys), remote(start(), path)
    for value, config in turns:
        want = theirs.invoke(value, config=config)
        if how == "invoke":
            got = ours.invoke(value, config=config)
        else:
            chunks = list(ours.stream(value, config=config))
            got = chunks[0]
            for chunk in chunks[1:]:
                got = got + chunk
            got = dict(got) if isinstance(want, dict) else got
        assert shown(got) == shown(want)


def test_nothing_is_lost_when_many_speak_at_once(start, tmp_path):
    server = start()
    count = 120
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda i: ask(server, "/shows/invoke", {"asked": f"{i}"}),
                                range(count)))
    assert {status for status, _ in answers} == {200}
    contents = [message["content"] for message in rows(tmp_path)]
    assert sorted(contents[0::2], key=int) == [str(i) for i in range(count)]
    assert contents[0::2] == contents[1::2]  # what was asked, then its answer


def worker_pids(server):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.process.pid)],
                         capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid in out.split()]


def test_a_killed_worker_leaves_the_file_whole(start, tmp_path):
    server = start()
    kept, over = [], threading.Event()

    def speak(number):
        i = 0
        while not over.is_set():
            i += 1
            try:
                status, _ = ask(server, "/shows/invoke", {"asked": f"{number}-{i}"})
                if status == 200:
                    kept.append(f"{number}-{i}")
            except (OSError, ValueError):
                time.sleep(0.01)  # its worker was the one

    speakers = [threading.Thread(target=speak, args=(n, )) for n in range(6)]
    for speaker in speakers:
        speaker.start()
    try:
        for _ in range(6):
            seen = len(kept)
            while len(kept) < seen + 20:
                time.sleep(0.01)
            os.kill(worker_pids(server)[0], signal.SIGKILL)
    finally:
        over.set()
        for speaker in speakers:
            speaker.join()
    contents = [message["content"] for message in rows(tmp_path)]
    assert contents[0::2] == contents[1::2]  # an exchange is kept as a whole or not at all
    assert len(set(contents)) * 2 == len(contents)
    assert set(kept) <= set(contents)
    assert past(server)[-1][1] == contents[-1]


def test_it_is_remembered_over_a_restart(start):
    first = start()
    past(first)
    first.stop_cleanly()
    assert past(start()) == [("human", "?"), ("ai", "?")]


def test_a_corrupt_file_is_set_aside_and_begun_anew(start, tmp_path):
    server = start()
    for _ in range(5):
        past(server)
    server.stop_cleanly()
    store = tmp_path / "own" / "store.db"
    store.write_bytes(b"no database at all" * 1000)
    # Two workers that close at one moment leave the log to the next opener, who would mend the file.
    for log in store.parent.glob("store.db-*"):
        log.unlink()
    server = start()
    with ThreadPoolExecutor(8) as pool:  # both workers find it
        answers = list(pool.map(lambda i: ask(server, "/shows/invoke", {"asked": "x"}), range(30)))
    assert {status for status, _ in answers} == {200}
    assert len(rows(tmp_path)) == 60
    aside = [path for path in store.parent.iterdir() if ".corrupt-" in path.name]
    assert [path.read_bytes()[:11] for path in aside] == [b"no database"]
    assert server.log().count("is corrupt") == 1


def test_a_locked_file_is_a_503_that_passes(start, tmp_path):
    app = tmp_path / "app.yaml"
    app.write_text((SHOWS % (tmp_path / "own" / "store.db")).replace(
        "store.db}", "store.db, busy_timeout: 100ms}"))
    server = start()
    past(server)
    server.stop_cleanly()
    file = sqlite3.connect(tmp_path / "own" / "store.db", isolation_level=None)
    file.execute("PRAGMA locking_mode = EXCLUSIVE")
    file.execute("BEGIN EXCLUSIVE")
    server = start()
    status, body = ask(server, "/shows/invoke", {"asked": "x"})
    assert (status, body) == (503, {"detail": "The store is not available"})
    assert "database is locked" in server.log()
    file.execute("ROLLBACK")
    file.close()
    assert past(server) == [("human", "?"), ("ai", "?")]


def test_a_full_disk_is_told_and_survived(start, tmp_path):
    """A file system of 1 MB: answers are given, the log tells that they are not kept."""
    disk = tmp_path / "own"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a file system")
    try:
        server = start()
        big = "x" * 100_000
        statuses = [ask(server, "/shows/invoke", {"asked": big})[0] for _ in range(30)]
        assert set(statuses) <= {200, 503} and 200 in statuses
        assert "history_not_kept" in server.log() and "full" in server.log()
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        assert ask(server, "/shows/invoke", {"asked": "small"})[0] == 200
        assert past(server)[-1] == ("ai", "small")
        server.stop_cleanly()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_nothing_is_made_when_nothing_is_remembered(start, tmp_path):
    server = start()
    with urllib.request.urlopen(server.url + "/health") as answer:
        assert answer.status == 200
    assert not (tmp_path / "own").exists()
