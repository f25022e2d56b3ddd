"""Streams that are cut, and clients that come back for the rest."""

import http.client
import json
import re
import socket
import struct
import uuid

from raw import children, other_ends, socket_inodes, wait_for

APP = """
server: {index: true, max_body: 32MB}
models:
  echo: {provider: fake, echo: true, chunk: word, delay: 2ms}
  quick: {provider: fake, echo: true, chunk: word}
  slow: {provider: fake, echo: true, chunk: word, delay: 100ms}
  fails: {provider: fake, responses: [one two three four], chunk: word, error_after: 3}
routes:
  /echo: {chain: "ask | echo | str", resumable: true, config_keys: [configurable, run_id]}
  /plain: {chain: "ask | echo | str"}
  /slow: {chain: "ask | slow | str", resumable: true, config_keys: [configurable, run_id]}
  /impatient: {chain: "ask | slow | str", resumable: {grace: 300ms}}
  /stubborn: {chain: "ask | slow | str", resumable: {on_disconnect: continue, grace: 0}}
  /forgetful: {chain: "ask | echo | str", resumable: {on_disconnect: continue, events: 4}}
  /brief: {chain: "ask | echo | str", resumable: {keep: 200ms}}
  /big: {chain: "ask | quick | str", resumable: true}
  /small: {chain: "ask | echo | str", resumable: {size: 1MB}}
  /rated: {chain: "ask | quick | str", resumable: true, feedback_keys: [helpful]}
  /fails: {chain: "ask | fails | str", resumable: true}
chains:
  ask: {prompt: "{text}"}
"""
END = b"event: end\r\n\r\n"


class Stream:
    """One request, whose answer is read as far as one likes."""

    def __init__(self, port, method, path, headers=(), value=None, worker=None, window=None):
        """`worker`: a function that says whether the worker of this pid shall answer."""
        self.socket = connect(port, worker, window)
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.sock = self.socket
        body = None if value is None else json.dumps(value).encode()
        self.connection.request(method, path, body, {"Content-Type": "application/json",
                                                     **dict(headers)})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()

    def read(self, most):
        """`most` bytes, or those up to the end."""
        data = b""
        while len(data) < most and (piece := self.answer.read1(most - len(data))):
            data += piece
        return data

    def rest(self):
        """What comes up to the end, be it a cut."""
        try:
            return self.answer.read()
        except http.client.IncompleteRead as cut:
            return cut.partial

    def events(self, count):
        """The next events, that many."""
        data = b""
        while len(frames(data)) < count:
            piece = self.answer.read1(1)
            assert piece, data
            data += piece
        return frames(data)

    def cut(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.answer.close()
        self.connection.close()
        self.socket.close()


def owner(server, stream):
    """The pid of the worker that has the connection; None while it waits to be accepted."""
    inode = other_ends([stream])[0][0]
    return next((pid for pid in children(server) if inode in socket_inodes(pid)), None)


class _Ends:
    def __init__(self, connection):
        self.socket = connection


def connect(port, worker, window):
    for _ in range(500):
        connection = socket.socket()
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        if not worker or worker(_Ends(connection)):
            return connection
        connection.close()
    raise AssertionError("that worker takes no connection")


def only(server, pid):
    """For Stream(worker=...): the worker `pid`."""
    return lambda ends: wait_for(lambda: owner(server, ends)) == pid


def other(server, pid):
    """For Stream(worker=...): any but the worker `pid`."""
    return lambda ends: wait_for(lambda: owner(server, ends)) != pid


def frames(data):
    """The complete events in what was read, without comments."""
    whole = data.split(b"\r\n\r\n")[:-1]
    return [frame for frame in whole if not frame.startswith(b":")]


def id_of(frame):
    return re.match(rb"id: (\S+)\r\n", frame).group(1).decode()


def numbers(events):
    return [int(id_of(event).rpartition(":")[2]) for event in events]


def begin(server, path, text, **more):
    """POSTs a new run."""
    run_id = str(uuid.uuid4())
    value = {"input": {"text": text}, "config": {"run_id": run_id}}
    stream = Stream(server.port, "POST", path, value=value, **more)
    assert stream.status == 200, stream.rest()
    stream.run_id = run_id
    return stream


def resume(server, path, last, **more):
    """POSTs for what is behind the event `last`."""
    return Stream(server.port, "POST", path, {"Last-Event-ID": last}, {"input": None}, **more)


def follow(server, route, run_id, last=None, **more):
    """GETs a run's events, behind `last` if that is given."""
    headers = {"Last-Event-ID": last} if last else {}
    return Stream(server.port, "GET", f"{route}/runs/{run_id}/events", headers, **more)


def whole(server, route, run_id, **more):
    """All events of a run."""
    with follow(server, route, run_id, **more) as stream:
        assert stream.status == 200, stream.rest()
        return frames(stream.rest())


def cancel(server, route, run_id, **more):
    with Stream(server.port, "POST", f"{route}/runs/{run_id}/cancel", **more) as stream:
        return stream.status, json.loads(stream.rest())


def text_of(events):
    """What the `data` events of a /stream say together."""
    data = [event.partition(b"\r\ndata: ")[2] for event in events if b"event: data\r\n" in event]
    return "".join(json.loads(piece) for piece in data)
