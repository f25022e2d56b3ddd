"""How much is under way at once: slots of routes and models, their queues, and memory."""

import json
import socket
import threading

import pytest
from limit_talk import ask

LONG = "x" * 20000
APP = """
server: {index: true%(server)s}
models:
  long: {provider: fake, responses: ["%(long)s"], delay: 20ms%(model)s}
  quick: {provider: fake, responses: [done]%(model)s}
  both: {provider: fake, echo: true, delay: 20ms%(model)s}
chains:
  echo: both
routes:
  /long: {chain: long%(route)s}
  /echo: {chain: echo%(route)s}
  /again: {chain: [{prompt: "{x}"}, both]}
  /chosen:
    chain: {model: both, configurable: {fields: {model: {id: name}}}}
  /batch: {chain: both}
"""
OVERLOADED = {"detail": "The server is overloaded"}


def app(route="", model="", server=""):
    return APP % {"long": LONG, "server": server, "route": ", " + route if route else "",
                  "model": ", " + model if model else ""}


class Stream:
    """A stream that has sent nothing but its head, or its first event, and goes on for long."""

    def __init__(self, server, path, value):
        body = json.dumps({"input": value}).encode()
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self.socket.sendall(b"POST %s/stream HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s" %
                            (path.encode(), len(body), body))
        self.file = self.socket.makefile("rb")

    def began(self):
        for line in self.file:
            if line.startswith(b"id: "):  # of a stream that can be resumed
                self.run_id = line[4:].split(b":")[0].decode().strip()
            if line.startswith(b"event: data"):
                return self
        raise AssertionError("it ended before its first event")

    def rest(self):
        """The status and all that follows, up to the last chunk."""
        read = b""
        for line in self.file:
            read += line
            if line == b"0\r\n":
                break
        return int(read.split()[1]), read

    def leave(self):
        self.file.close()
        self.socket.close()


def settle(server):
    """What was sent before has been read when this returns."""
    for _ in range(3):
        assert ask(server, "/health", None).status == 200


def in_background(server, *args):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(server, *args)))
    thread.start()
    settle(server)
    return thread, answers


SLOTS = "max_concurrent: 1, queue: 1, queue_timeout: 1h"


def test_the_queue_of_a_route_is_bounded_and_served(serve):
    server = serve(app(route=SLOTS))
    first = Stream(server, "/long", "x").began()
    second = Stream(server, "/long", "x")
    settle(server)
    refused = ask(server, "/long/invoke")
    assert (refused.status, refused.json) == (503, OVERLOADED)
    assert refused.headers["retry-after"] == "1"
    assert ask(server, "/long/input_schema", None).status == 200  # begins no run
    assert ask(server, "/echo/invoke").status == 200  # has slots of its own
    first.leave()
    second.began().leave()


def test_who_comes_back_to_a_stream_needs_no_other_slot(serve):
    server = serve(app(route="max_concurrent: 1, queue: 0, resumable: {on_disconnect: continue}"))
    stream = Stream(server, "/long", "x").began()
    stream.leave()
    back = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    back.sendall(b"POST /long/stream HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                 b"Last-Event-ID: %s:0\r\n\r\n{}" % stream.run_id.encode())
    with back, back.makefile("rb") as file:
        assert file.readline().split()[1] == b"200"
        refused = ask(server, "/long/stream", headers={"Last-Event-ID": ""})
        assert refused.status == 503  # what begins a run has none
    assert ask(server, f"/long/runs/{stream.run_id}/cancel", {}).status == 200


def test_who_leaves_while_waiting_makes_room(serve):
    server = serve(app(route=SLOTS))
    first = Stream(server, "/long", "x").began()
    second = Stream(server, "/long", "x")
    settle(server)
    second.leave()
    settle(server)
    third = Stream(server, "/long", "x")
    settle(server)
    first.leave()
    third.began().leave()
    Stream(server, "/long", "x").began().leave()


def test_the_queue_is_first_come_first_served(serve):
    server = serve(app(route="max_concurrent: 1, queue: 9, queue_timeout: 1h"))
    first = Stream(server, "/long", "x").began()
    waiting = []
    for _ in range(4):
        waiting.append(Stream(server, "/long", "x"))
        settle(server)
    first.leave()
    for i, stream in enumerate(waiting):
        stream.began()
        for later in waiting[i + 1:]:  # nothing of an answer has come
            later.socket.setblocking(False)
            with pytest.raises(BlockingIOError):
                later.socket.recv(1, socket.MSG_PEEK)
            later.socket.settimeout(60)
        stream.leave()


def test_who_waits_too_long_gets_503(serve):
    server = serve(app(route="max_concurrent: 1, queue: 1, queue_timeout: 50ms"))
    first = Stream(server, "/long", "x").began()
    late = ask(server, "/long/invoke")
    assert (late.status, late.json) == (503, OVERLOADED)
    assert late.headers["retry-after"] == "1"
    first.leave()
    Stream(server, "/long", "x").began().leave()


def test_slots_are_given_back_whatever_happens(serve):
    server = serve(app(route="max_concurrent: 2, queue: 0"))
    for _ in range(20):
        assert ask(server, "/echo/invoke").status == 200
        assert ask(server, "/echo/invoke", {"inptu": 1}).status == 422
        assert ask(server, "/echo/invoke", {"input": {"no": "messages"}}).status in (422, 500)
        Stream(server, "/long", "x").began().leave()
    assert ask(server, "/echo/batch", {"inputs": ["a", "b", "c"]}).status == 200


def test_a_run_that_goes_on_without_its_client_keeps_its_slot(serve):
    server = serve(app(route="max_concurrent: 1, queue: 0, resumable: {on_disconnect: continue}"))
    stream = Stream(server, "/long", "x").began()
    stream.leave()
    settle(server)
    assert ask(server, "/long/invoke").status == 503
    for _ in range(2):
        assert ask(server, f"/long/runs/{stream.run_id}/cancel", {}).status == 200
        settle(server)
        stream = Stream(server, "/long", "x").began()
    assert ask(server, f"/long/runs/{stream.run_id}/cancel", {}).status == 200
    stream.leave()


def test_a_model_s_slots_are_one_for_all_who_use_it(serve):
    server = serve(app(model="max_concurrent: 1, queue: 0"))
    first = Stream(server, "/echo", LONG).began()
    for path, value in (("/echo", "x"), ("/again", {"x": "x"}), ("/chosen", "x")):
        refused = ask(server, f"{path}/invoke", {"input": value})
        assert (refused.status, refused.json) == (503, OVERLOADED), path
        assert refused.headers["retry-after"] == "1"
    chosen = ask(server, "/chosen/invoke",
                 {"input": "x", "config": {"configurable": {"name": "another"}}})
    assert chosen.status == 503  # with another setting it is the same model
    first.leave()
    settle(server)
    for path, value in (("/echo", "x"), ("/again", {"x": "x"}), ("/chosen", "x")):
        assert ask(server, f"{path}/invoke", {"input": value}).status == 200, path


def test_runs_wait_for_a_model(serve):
    server = serve(app(model=SLOTS))
    first = Stream(server, "/echo", LONG).began()
    thread, answers = in_background(server, "/again/invoke", {"input": {"x": "mine"}})
    assert ask(server, "/echo/invoke").status == 503
    first.leave()
    thread.join()
    assert (answers[0].status, answers[0].json["output"]["content"]) == (200, "mine")


def test_a_stream_that_finds_no_slot_of_a_model_is_told(serve):
    server = serve(app(model="max_concurrent: 1, queue: 0"))
    first = Stream(server, "/echo", LONG).began()
    status, read = Stream(server, "/echo", "x").rest()
    assert status == 200 and b"event: error" in read and b"503" in read
    first.leave()


def test_a_batch_waits_for_its_own_model(serve):
    server = serve(app(model="max_concurrent: 1, queue: 100"))
    answer = ask(server, "/batch/batch", {"inputs": list("abcdefgh")})
    assert [said["content"] for said in answer.json["output"]] == list("abcdefgh")


def test_a_worker_short_of_memory_begins_nothing_new(serve):
    server = serve(app(server=", max_memory: 1MB"))
    refused = ask(server, "/echo/invoke")
    assert (refused.status, refused.json) == (503, OVERLOADED)
    assert refused.headers["retry-after"] == "1"
    assert ask(server, "/echo/input_schema", None).status == 200
    assert ask(server, "/health", None).status == 200


def test_a_worker_with_memory_is_not_disturbed(serve):
    server = serve(app(server=", max_memory: 100GB"))
    assert ask(server, "/echo/invoke").status == 200
