"""What becomes of a run whose clients go and come back: in time or too late, to its worker or to
another."""

import concurrent.futures
import json
import os
import pathlib
import signal
import tempfile
import time
import uuid

import pytest
import servers
from raw import children, log_lines, wait_for
from resume_rig import (APP, END, Stream, begin, cancel, follow, frames, id_of, numbers, only,
                        other, owner, resume, text_of, whole)

WORDS = "one two three four five six seven eight nine ten"
STREAM = "/slow/stream"
BIG = ("w" * 1000 + " ") * 20_000  # more than is kept and than sockets hold


def has_failed(server, run_id):
    return [line for line in log_lines(server, "run_failed") if line["run_id"] == run_id]


def json_of(stream):
    return stream.status, json.loads(stream.rest())["detail"]


def check_unknown(stream):
    with stream:
        status, detail = json_of(stream)
        assert status == 404 and detail.startswith("No such run"), detail


@pytest.fixture
def launch(tmp_path):
    """launch(text, *options) starts a server of one's own."""
    started = []

    def start(text, *options):
        (tmp_path / "app.yaml").write_text(text, encoding="utf-8")
        started.append(servers.langserved(tmp_path / "app.yaml", tmp_path, *options).start())
        return started[-1]

    yield start
    for server in started:
        server.kill()


# ---- through another worker ----


@pytest.mark.parametrize("way", [resume, follow])
def test_another_worker_passes_on(server, way):
    with begin(server, STREAM, WORDS) as stream:
        pid = owner(server, stream)
        got = stream.events(3)
    path = STREAM if way is resume else "/slow"
    arguments = [] if way is resume else [stream.run_id]
    with way(server, path, *arguments, id_of(got[-1]), worker=other(server, pid)) as rest:
        assert rest.answer.headers["content-type"].startswith("text/event-stream")
        assert rest.answer.headers["x-accel-buffering"] == "no"
        got += frames(rest.rest())
    assert text_of(got) == WORDS
    assert numbers(got) == list(range(len(got)))
    assert whole(server, "/slow", stream.run_id, worker=only(server, pid)) == got


def test_another_worker_cancels(server):
    with begin(server, STREAM, WORDS * 20) as stream:  # it has time to find the other worker
        there = other(server, owner(server, stream))
        stream.events(2)
        cancelled = (200, {"run_id": stream.run_id, "status": "cancelled"})
        assert cancel(server, "/slow", stream.run_id, worker=there) == cancelled
        last = frames(stream.rest())[-1]
    assert b'event: error\r\ndata: {"status_code": 499, ' in last


def test_who_leaves_the_other_worker_leaves_the_run(server):
    """The passed on request is closed: nobody reads, so the run ends."""
    with begin(server, "/impatient/stream", WORDS * 3) as stream:
        pid = owner(server, stream)
        got = stream.events(2)
        run_id = id_of(got[0]).partition(":")[0]
    with follow(server, "/impatient", run_id, id_of(got[-1]), worker=other(server, pid)) as rest:
        got += rest.events(4)  # longer than the grace
        assert not has_failed(server, run_id)
    wait_for(lambda: has_failed(server, run_id))


def test_dead_worker_took_its_runs_along(launch):
    server = launch(APP, "--workers", "2")
    with begin(server, "/stubborn/stream", WORDS * 5) as stream:
        pid = owner(server, stream)
        run_id = id_of(stream.events(1)[0]).partition(":")[0]
        with follow(server, "/stubborn", run_id, worker=other(server, pid)) as relayed:
            relayed.events(2)
            os.kill(pid, signal.SIGKILL)
            assert not relayed.rest().endswith(END)
    wait_for(lambda: pid not in children(server))
    check_unknown(follow(server, "/stubborn", run_id))
    assert cancel(server, "/stubborn", run_id)[0] == 404
    server.stop_cleanly()


# ---- pace ----


@pytest.mark.parametrize("where", [only, other])
def test_slow_reader_loses_nothing(server, where):
    """Neither the first one nor one who comes back, in the worker or through another."""
    with begin(server, "/big/stream", BIG, window=4096) as stream:
        pid = owner(server, stream)
        got = stream.events(2)
        run_id = id_of(got[0]).partition(":")[0]
        with follow(server, "/big", run_id, id_of(got[-1]), worker=where(server, pid),
                    window=4096) as slow:
            stream.cut()
            time.sleep(0.5)
            data = slow.read(300_000)
            time.sleep(0.5)
            got += frames(data + slow.rest())
    assert numbers(got) == list(range(len(got)))
    assert text_of(got) == BIG


def test_run_waits_for_its_readers(server):
    """What is kept is bounded: the run has not gone far when nobody takes anything."""
    with begin(server, "/big/stream", BIG, window=4096) as stream:
        first = id_of(stream.events(1)[0])
        run_id = first.partition(":")[0]
        time.sleep(1)
        with follow(server, "/big", run_id, f"{run_id}:19000") as ahead:
            assert json_of(ahead) == (404, "No such event")
        assert cancel(server, "/big", run_id)[1]["status"] == "cancelled"


def test_fast_reader_leaves_a_slow_one_behind(server):
    text = ("w" * 3000 + " ") * 2500
    with begin(server, "/small/stream", text, window=4096) as slow:
        first = id_of(slow.events(1)[0])
        with follow(server, "/small", first.partition(":")[0], first) as fast:
            assert fast.rest().endswith(END)
        got = frames(slow.rest())
    assert got[-1].startswith(b'event: error\r\ndata: {"status_code": 410, "message": ')
    assert numbers(got[:-1]) == list(range(1, len(got)))


def test_too_late(server):
    """A run that went on without readers keeps its last four events only."""
    with begin(server, "/forgetful/stream", WORDS) as stream:
        first = id_of(stream.events(1)[0])
    run_id = first.partition(":")[0]
    wait_for(lambda: not server_has_running(server, run_id))
    for late in (resume(server, "/forgetful/stream", first), follow(server, "/forgetful", run_id)):
        with late:
            assert json_of(late) == (410, "That part of the stream is no longer held")
    with resume(server, "/forgetful/stream", f"{run_id}:8") as in_time:
        assert numbers(frames(in_time.rest())) == [9, 10, 11]


def server_has_running(server, run_id):
    """Whether the run has not ended: asking to cancel it would not say so without doing it."""
    with follow(server, "/forgetful", run_id, f"{run_id}:11") as stream:
        return stream.status != 204


# ---- leaving, cancelling ----


def test_abandoned_run_is_cancelled_after_the_grace(server):
    with begin(server, "/impatient/stream", WORDS * 3) as stream:
        run_id = id_of(stream.events(2)[0]).partition(":")[0]
    wait_for(lambda: has_failed(server, run_id))
    events = whole(server, "/impatient", run_id)
    assert events[-1].endswith(
        b'event: error\r\ndata: {"status_code": 499, "message": "The request was cancelled"}')
    assert len(events) < 25


def test_who_comes_back_within_the_grace_finds_the_run(server):
    with begin(server, "/impatient/stream", WORDS) as stream:
        got = stream.events(2)
    for _ in range(3):
        with resume(server, "/impatient/stream", id_of(got[-1])) as again:
            got += again.events(2)
    with resume(server, "/impatient/stream", id_of(got[-1])) as again:
        got += frames(again.rest())
    assert text_of(got) == WORDS


def test_run_that_continues_comes_to_its_end(server):
    with begin(server, "/stubborn/stream", WORDS) as stream:
        first = id_of(stream.events(1)[0])
    time.sleep(1.5)
    began = time.monotonic()
    with resume(server, "/stubborn/stream", first) as rest:
        assert text_of(frames(rest.rest())) == WORDS
    assert time.monotonic() - began < 1


def test_cancel(server):
    with begin(server, STREAM, WORDS) as stream:
        got = stream.events(3)
        for _ in range(2):
            assert cancel(server, "/slow", stream.run_id) == (
                200, {"run_id": stream.run_id, "status": "cancelled"})
        got += frames(stream.rest())
    assert b'event: error\r\ndata: {"status_code": 499, ' in got[-1]
    assert whole(server, "/slow", stream.run_id) == got
    assert cancel(server, "/slow", stream.run_id)[1]["status"] == "cancelled"


def test_cancel_after_the_end(server):
    with begin(server, "/echo/stream", "x") as stream:
        stream.rest()
    for _ in range(2):
        assert cancel(server, "/echo", stream.run_id)[1]["status"] == "ended"


# ---- what is not there ----


def test_nothing_is_left(server):
    with begin(server, "/echo/stream", "x") as stream:
        events = frames(stream.rest())
    for stream in (resume(server, "/echo/stream", id_of(events[-1])),
                   follow(server, "/echo", stream.run_id, id_of(events[-1])),
                   follow(server, "/echo", stream.run_id, id_of(events[-2]))):
        with stream:
            assert (stream.status, stream.rest()) == (204, b"")
    with resume(server, "/echo/stream", id_of(events[-2])) as stream:
        assert stream.rest().endswith(END)


def test_unknown_runs(server):
    with begin(server, "/echo/stream", "x") as stream:
        last = id_of(frames(stream.rest())[0])
    run_id, nobody = stream.run_id, str(uuid.uuid4())
    for asked in (f"{nobody}:0", nobody, "7", f"{run_id}", f"{run_id}:", f"{run_id}:x",
                  f"{run_id}:1x", f"{run_id}:-1", f"{run_id}:99999999999999999999", f"{run_id}x:1"):
        check_unknown(resume(server, "/echo/stream", asked))
    check_unknown(resume(server, "/echo/stream_events", last))  # of another endpoint
    check_unknown(resume(server, STREAM, last))  # of another route
    check_unknown(follow(server, "/slow", run_id))
    check_unknown(follow(server, "/echo", nobody))
    check_unknown(follow(server, "/echo", "x" * 36))
    check_unknown(follow(server, "/echo", run_id, f"{nobody}:0"))
    for route, other_id in (("/slow", run_id), ("/echo", nobody), ("/echo", "x" * 36)):
        assert cancel(server, route, other_id)[0] == 404
    for path in (f"/plain/runs/{run_id}/events", f"/echo/runs/{run_id}", f"/echo/runs/{run_id[1:]}/events",
                 f"/echo/runs/{run_id}/others", f"/runs/{run_id}/events"):
        with Stream(server.port, "GET", path) as stream:
            assert json_of(stream) == (404, "Not Found")
    with Stream(server.port, "POST", f"/echo/runs/{run_id}/events") as stream:
        assert stream.status == 405 and stream.answer.headers["allow"] == "GET"


def test_run_is_forgotten_a_while_after_its_end(server):
    with begin(server, "/brief/stream", "x") as stream:
        run_id = id_of(frames(stream.rest())[0]).partition(":")[0]
    assert whole(server, "/brief", run_id)
    time.sleep(0.5)
    check_unknown(follow(server, "/brief", run_id))


def test_ids_are_unique(server):
    with begin(server, STREAM, WORDS) as stream:
        value = {"input": {"text": "x"}, "config": {"run_id": stream.run_id}}
        for worker in (only, other):
            with Stream(server.port, "POST", STREAM, value=value,
                        worker=worker(server, owner(server, stream))) as second:
                assert json_of(second) == (409, "There is a run of this id")
        assert text_of(frames(stream.rest())) == WORDS


def test_routes_that_are_not_resumable_are_as_ever(server):
    with resume(server, "/plain/stream", f"{uuid.uuid4()}:1") as stream:
        assert stream.status == 422  # the header says nothing to it
    value = {"input": {"text": "x"}}
    with Stream(server.port, "POST", "/plain/stream", value=value) as stream:
        assert b"id:" not in stream.rest()


def test_tokens_are_those_of_the_first_request(server):
    """The `metadata` event has the feedback tokens, for whoever reads it."""
    for endpoint in ("stream", "stream_events"):
        with begin(server, f"/rated/{endpoint}", "x") as stream:
            events = frames(stream.rest())
        (metadata,) = [event for event in events if b"\r\nevent: metadata\r\n" in event]
        told = json.loads(metadata.partition(b"\r\ndata: ")[2])
        (token,) = told["feedback_tokens"]
        assert token["token_url"].startswith(f"http://127.0.0.1:{server.port}/rated/token_feedback")
        assert whole(server, "/rated", told["run_id"]) == events


# ---- endings ----


def test_stop_waits_for_runs_as_for_others(launch):
    """Those that are read, here or through the other worker, and those that nobody reads."""
    server = launch(APP, "--workers", "2")
    with begin(server, "/stubborn/stream", WORDS) as unread:
        unread.events(1)
    with begin(server, STREAM, WORDS) as read:
        there = other(server, owner(server, read))
        with follow(server, "/slow", read.run_id, worker=there) as relayed:
            relayed.events(1)
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                stopped = pool.submit(server.stop_cleanly)
                assert text_of(frames(relayed.rest())) == WORDS
                assert read.rest().endswith(END)
                stopped.result()
            assert time.monotonic() - began < 10
    assert not [line for line in log_lines(server) if line["event"] == "drain_timeout"]


def test_what_runs_too_long_is_cut_off_at_the_stop(launch):
    server = launch(APP.replace("index: true", "index: true, drain_timeout: 500ms"),
                    "--workers", "2")
    with begin(server, "/stubborn/stream", WORDS * 100) as stream:
        stream.events(1)
    with begin(server, STREAM, WORDS * 100) as stream:
        stream.events(1)
        server.stop_cleanly()
        assert not stream.rest().endswith(END)


def test_reload_keeps_what_runs(launch):
    server = launch(APP, "--workers", "1")
    with begin(server, STREAM, WORDS * 3) as stream:
        old = children(server)
        got = stream.events(2)
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: set(children(server)) - set(old))
        stream.cut()
        with resume(server, STREAM, id_of(got[-1]), worker=other(server, old[0])) as rest:
            got += frames(rest.rest())
    assert text_of(got) == WORDS * 3
    server.stop_cleanly()


def test_private_sockets_go_with_the_server(launch, monkeypatch):
    own = tempfile.mkdtemp()
    monkeypatch.setenv("TMPDIR", own)
    server = launch(APP, "--workers", "2")
    (folder,) = pathlib.Path(own).glob("langserved-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    wait_for(lambda: {entry.name for entry in folder.iterdir()} == {
        str(pid) for pid in children(server)})
    server.stop_cleanly()
    assert not folder.exists()
    os.rmdir(own)


def test_resumed_streams_are_kept_alive(launch):
    server = launch(APP.replace("delay: 100ms", "delay: 25s"), "--workers", "2")
    with begin(server, STREAM, "x") as stream:
        pid = owner(server, stream)
    readers = [follow(server, "/slow", stream.run_id, worker=where(server, pid))
               for where in (only, other)]
    for reader in readers:
        with reader:
            assert reader.read(9) == b": ping - "
    assert pathlib.Path(server.log_path).exists()
    server.stop_cleanly()
