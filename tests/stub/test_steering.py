"""Records, connections, scripts and the program itself."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from openai_stub import OpenAIStub
from stub_probe import ASK, create

PROGRAM = Path(__file__).with_name("openai_stub.py")


def test_requests_are_recorded(stub, client):
    create(client, model="m+fault=slow+delay_ms=1", temperature=0.5)
    record = stub.requests()[-1]
    assert (record["method"], record["path"]) == ("POST", "/v1/chat/completions")
    assert record["headers"]["authorization"] == "Bearer sk-test"
    assert ["authorization", "Bearer sk-test"] in record["raw_headers"]
    assert record["json"]["temperature"] == 0.5 and json.loads(record["body"]) == record["json"]
    assert record["model"] == "m+fault=slow+delay_ms=1" and record["fault"] == "slow"
    assert record["status"] == 200 and not record["hung_up"] and record["body_complete"]
    assert record["received_at"] <= record["first_byte_at"] <= record["ended_at"]


def test_unknown_addresses_are_recorded_too(stub, raw):
    raw.ask(method="GET", path="/v1/elsewhere?x=1")
    assert stub.requests()[-1]["path"] == "/v1/elsewhere?x=1"
    assert stub.requests()[-1]["status"] == 404


def test_kept_alive_connections_are_counted(stub, client):
    for _ in range(3):
        create(client)
    assert stub.connections() == {"opened": 1, "open": 1}
    assert len({r["connection"] for r in stub.requests()}) == 1
    client.close()
    stub.wait_for(lambda _: stub.connections() == {"opened": 1, "open": 0})


def test_hang_up_is_noticed_while_streaming(stub, client):
    stream = create(client, model="m+fault=slow+delay_ms=20", stream=True)
    next(iter(stream))
    stream.close()
    record = stub.wait_for(lambda rs: rs[-1]["ended_at"] and rs[-1])
    assert record["hung_up"] and 0 < record["events_sent"] < 15 and record["bytes_sent"] > 300


def test_hang_up_in_the_request_is_recorded(stub):
    with socket.create_connection((stub.host, stub.port)) as link:
        link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    record = stub.wait_for(lambda rs: rs and rs[-1]["ended_at"] and rs[-1])
    assert record["hung_up"] and not record["body_complete"] and record["bytes_sent"] == 0


def test_hang_up_right_after_the_request_is_recorded(stub, raw):
    raw.connect(model="m+fault=stall_before_headers").close()
    record = stub.wait_for(lambda rs: rs and rs[-1]["ended_at"] and rs[-1])
    assert record["hung_up"] and record["bytes_sent"] == 0


def test_a_client_that_reads_everything_did_not_hang_up(stub, raw):
    for stream in (False, True):
        raw.ask({**ASK, "stream": stream})
    assert [r["hung_up"] for r in stub.requests()] == [False, False]


def test_chunked_requests_expectations_and_pipelining(stub):
    body = json.dumps(ASK).encode()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = b"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer sk-test\r\n"
    with socket.create_connection((stub.host, stub.port), timeout=20) as link:
        link.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked
                     + head + b"Expect: 100-continue\r\nConnection: close\r\n"
                     + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        got = b""
        while piece := link.recv(65536):
            got += piece
    assert got.count(b"HTTP/1.1 200 OK") == 2 and got.count(b"HTTP/1.1 100 Continue") == 1
    assert [r["json"] for r in stub.requests()] == [ASK, ASK]


@pytest.mark.parametrize("bytes_sent", [
    b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_bad_requests_get_400(stub, bytes_sent):
    with socket.create_connection((stub.host, stub.port), timeout=20) as link:
        link.sendall(bytes_sent)
        assert link.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_control_over_http(stub, raw):
    def control(method, path, body=None):
        status, _, data = raw.ask(body, method, path, {})
        return status, json.loads(data)
    steps = [{"fault": "status", "status": 500}, {"reply": "x"}]
    assert control("POST", "/_stub/script", steps)[0] == 200
    assert len(control("GET", "/_stub/script")[1]) == 2
    assert control("POST", "/_stub/default", {"reply": "d"})[0] == 200
    assert raw.ask(ASK)[0] == 500
    assert b'"x"' in raw.ask(ASK)[2] and b'"d"' in raw.ask(ASK)[2]
    assert [r["status"] for r in control("GET", "/_stub/requests")[1]] == [500, 200, 200]
    assert control("GET", "/_stub/connections")[1]["opened"] == 3
    assert control("DELETE", "/_stub/requests")[0] == 200
    assert control("GET", "/_stub/requests")[1] == []
    assert control("DELETE", "/_stub")[0] == 200
    assert b"The stub says" in raw.ask(ASK)[2]
    assert control("GET", "/_stub/nothing")[0] == 404


@pytest.mark.parametrize("script", [{}, [1], [{"fault": "nonsense"}], [{"fault": "re"}], None])
def test_bad_scripts_are_refused(raw, script):
    status, _, body = raw.ask(script, "POST", "/_stub/script", {})
    assert status == 400 and json.loads(body)["error"]["message"]


def test_unknown_fault_in_a_model_name_is_refused(raw):
    status, _, body = raw.ask({**ASK, "model": "m+fault=nonsense"})
    assert status == 400 and json.loads(body)["error"]["code"] == "stub"


def test_steps_can_serve_several_requests(stub, raw):
    stub.script({"fault": "status", "status": 503, "times": 2}, {"reply": "x"})
    assert [raw.ask(ASK)[0] for _ in range(4)] == [503, 503, 200, 200]


def test_two_stubs_do_not_share_anything(stub, raw):
    with OpenAIStub() as other:
        stub.script({"fault": "redirect", "location": other.base_url})
        assert raw.ask(ASK)[1]["Location"] == other.base_url
        assert other.requests() == [] and len(stub.requests()) == 1


def test_taken_port_is_an_error(stub):
    with pytest.raises(OSError):
        OpenAIStub(port=stub.port).start()


@pytest.mark.parametrize("how", ["sigterm", "eof"])
def test_program_prints_its_port_and_ends_cleanly(how):
    command = [sys.executable, PROGRAM, "--port", "0", "--until-eof",
               "--script", '[{"fault": "status", "status": 418}]']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as program:
        port = json.loads(program.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
            body = json.dumps(ASK).encode()
            link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)
            assert link.recv(65536).startswith(b"HTTP/1.1 418 ")
            program.terminate() if how == "sigterm" else program.stdin.close()
            assert program.wait(20) == 0
        assert program.stderr.read() == b""
