"""The recorded exchanges again, with requests that come a byte at a time, and many at once.

Each test has a server of its own and keeps the order of the recording, for some routes keep state.
"""

import base64
import socket
import threading

import pytest
import servers
import wire_http

import test_recorded as recorded

BURST = 40
# Longer requests come in single bytes at both ends only.
ENDS = 2048


def cases():
    """All but those that wait for a comment after 15 s: the plain replay has them."""
    return [case for case in recorded.recorded_cases()
            if "skip" not in case and not case["name"].startswith("gen_slow__")]


@pytest.fixture
def fresh(tmp_path):
    """langserved as it was when the recording began."""
    server = servers.langserved(servers.TESTS / "wire" / "app.yaml", tmp_path,
                                env={"WIRE_STORE": str(tmp_path / "store.db")}).start()
    yield server
    server.stop_cleanly()


def bytes_of(request, host):
    if "body_base64" in request:
        body = base64.b64decode(request["body_base64"])
    else:
        body = (request.get("body") or "").encode()
    headers = [(name, host if name.lower() == "host" else value)
               for name, value in request["headers"]]
    lines = [f"{request['method']} {request['path']} {request['http']}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if any(name.lower() == "transfer-encoding" for name, _ in headers):
        half = len(body) // 2
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                        for part in (body[:half], body[half:]) if part) + b"0\r\n\r\n"
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def answer_to(connection, case):
    answer = connection.read(case["request"]["method"])
    return {"status": answer.status, "headers": answer.headers, "body": answer.text}


def send_in_bytes(sock, data):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    first, middle, last = data[:ENDS], data[ENDS:-ENDS], data[ENDS:][-ENDS:]
    try:
        for i in range(len(first)):
            sock.send(first[i:i + 1])
        if middle:
            sock.sendall(middle)
        for i in range(len(last)):
            sock.send(last[i:i + 1])
    except OSError:
        pass  # refused before its end: the answer is there


def test_a_byte_at_a_time(fresh):
    differences = {}
    for case in cases():
        with wire_http.Connection(fresh.port) as connection:
            send_in_bytes(connection.socket, bytes_of(case["request"], connection.host))
            answer = answer_to(connection, case)
        if (difference := recorded.difference_of(case, answer, fresh.port)):
            differences[case["name"]] = difference
    assert not differences


def stays_open(request):
    headers = {name.lower(): value.lower() for name, value in request["headers"]}
    return request["http"] == "HTTP/1.1" and headers.get("connection") != "close"


def burst(port, some):
    """Writes the requests at once and reads the answers that come; a server that closes the
    connection has not looked at what came behind that request, which is asked again."""
    answers = []
    with wire_http.Connection(port) as connection:
        data = b"".join(bytes_of(case["request"], connection.host) for case in some)
        writer = threading.Thread(target=send_all, args=(connection.socket, data))
        writer.start()
        for case in some:
            answers.append(answer_to(connection, case))
            if answers[-1]["headers"].get("connection") == "close":
                break
        connection.socket.shutdown(socket.SHUT_RDWR)
        writer.join()
    return answers


def send_all(sock, data):
    try:
        sock.sendall(data)
    except OSError:
        pass


def test_in_bursts(fresh):
    differences, left, closed = {}, cases(), 0
    while left:
        end = next((i + 1 for i, case in enumerate(left[:BURST])
                    if not stays_open(case["request"])), BURST)
        answers = burst(fresh.port, left[:end])
        for case, answer in zip(left, answers):
            if (difference := recorded.difference_of(case, answer, fresh.port)):
                differences[case["name"]] = difference
        closed += len(answers) < len(left[:end])
        left = left[len(answers):]
    assert not differences
    assert closed < 50  # bursts, and no single requests
