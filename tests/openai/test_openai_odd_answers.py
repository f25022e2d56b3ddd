"""What compatible servers send besides what OpenAI does: members of other types, calls without an
index, errors that are none.  Where LangChain makes something of it, the same comes of it here."""

import http.server
import json
import threading
import types

import pytest
from openai_langchain import added, chat_openai, invoked, plain, streamed
from openai_rig import KEY, Rig, app_file

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
END = {"finish_reason": "stop"}


class Says(http.server.BaseHTTPRequestHandler):
    """Answers every question with the bytes that a test has put into `server.says`."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.server.type)
        self.send_header("Content-Length", str(len(self.server.says)))
        self.end_headers()
        self.wfile.write(self.server.says)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@pytest.fixture(scope="module")
def rig(launch):
    """A server of ours in front of one that says anything."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Says)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stub = types.SimpleNamespace(base_url=f"http://127.0.0.1:{server.server_port}/v1",
                                 server=server, reset=lambda: None)
    yield Rig(stub, launch(app_file(stub, {"plain": {}}), env={"STUB_KEY": KEY}))
    server.shutdown()
    server.server_close()


def says_whole(rig, **answer):
    """The whole answer, with the members of it that matter."""
    rig.forget()
    rig.stub.server.type = "application/json"
    rig.stub.server.says = json.dumps(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
         "system_fingerprint": "fp", **answer}).encode()


def says_stream(rig, *choices, **members):
    """A stream of these first choices; `members` are those of every event besides."""
    rig.forget()
    rig.stub.server.type = "text/event-stream"
    events = [{"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
               "choices": [{"index": 0, "finish_reason": None, **choice}], **members}
              for choice in choices]
    rig.stub.server.says = "".join(
        f"data: {event}\n\n" for event in [*map(json.dumps, events), "[DONE]"]).encode()


def message(**members):
    return {"choices": [{"index": 0, "message": {"role": "assistant", **members}, **END}]}


def delta(**members):
    return {"delta": members}


def call(name, arguments, **members):
    return {"id": f"call_{name}", "type": "function",
            "function": {"name": name, "arguments": arguments}, **members}


WHOLE = {
    "error_empty": {**message(content="Hi"), "error": {}},
    "error_false": {**message(content="Hi"), "error": False},
    "content_list": message(content=[{"type": "text", "text": "Hi"}]),
    "total_zero": {**message(content="Hi"), "usage": {**USAGE, "total_tokens": 0}},
    "function_call": message(content=None, function_call={"name": "f", "arguments": "{}"}),
}


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_whole_as_langchain(rig, answer):
    says_whole(rig, **answer)
    assert plain(rig.output("/plain")) == invoked(chat_openai(rig.stub))


STREAMED = {
    "content_list": [delta(content=[{"type": "text", "text": t}]) for t in ("Hé", "llo")],
    "call_without_index": [delta(tool_calls=[call("f", '{"x": 1}')])],
    "calls_without_index": [delta(tool_calls=[call("f", '{"x": 1}'), call("g", '{"y": 2}')])],
    "calls_index_null": [delta(tool_calls=[call(name, "{}", index=None)]) for name in "fg"],
    "calls_in_turn": [delta(tool_calls=[call("f", "", index=0), call("g", "", index=1)]),
                      delta(tool_calls=[{"index": 1, "function": {"arguments": '{"y":'}}]),
                      delta(tool_calls=[{"index": 0, "function": {"arguments": '{"x": 1}'}}]),
                      delta(tool_calls=[{"index": 1, "function": {"arguments": " 2}"}}])],
    "function_call": [delta(function_call={"name": "f", "arguments": ""}),
                      delta(function_call={"arguments": '{"x":'}),
                      delta(function_call={"arguments": " 1}"})],
}


@pytest.mark.parametrize("choices", STREAMED.values(), ids=STREAMED)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_streamed_as_langchain(rig, choices):
    says_stream(rig, *choices, {**delta(), **END})
    stream = rig.stream("/plain")
    assert stream.ended_well, rig.log()
    assert added(stream.chunks) == streamed(chat_openai(rig.stub))[1]


@pytest.mark.parametrize("error", [{}, False, "", None, 0], ids=repr)
def test_errors_that_are_none(rig, error):
    says_stream(rig, delta(content="Hi"), {**delta(), **END}, error=error)
    stream = rig.stream("/plain")
    assert stream.ended_well and stream.text == "Hi", rig.log()


# ---- where LangChain fails ----

def test_arguments_that_are_an_object(rig):
    says_whole(rig, **message(content=None, tool_calls=[call("f", {"x": 1})]))
    assert [c["args"] for c in rig.output("/plain")["tool_calls"]] == [{"x": 1}]
    says_stream(rig, delta(tool_calls=[call("f", {"x": 1}, index=0)]), {**delta(), **END})
    stream = rig.stream("/plain")
    assert stream.ended_well, rig.log()
    assert [c["args"] for c in added(stream.chunks)["tool_calls"]] == [{"x": 1}]


@pytest.mark.parametrize("content", [5, True, {"text": "Hi"}], ids=repr)
def test_content_that_is_none(rig, content):
    says_whole(rig, **message(content=content))
    assert rig.invoke("/plain")[0] == 500
    assert rig.failure() == "upstream_error"


@pytest.mark.parametrize("count, counted", [(7.0, 7), (-3, 0), (2**63 - 1, 10**12), (1e300, 10**12)],
                         ids=repr)
def test_counts_that_are_none(rig, count, counted):
    usage = {"prompt_tokens": count, "completion_tokens": count}
    says_whole(rig, **message(content="Hi"), usage=usage)
    assert rig.output("/plain")["usage_metadata"]["total_tokens"] == 2 * counted
    says_stream(rig, {**delta(content="Hi"), **END}, usage=usage)
    stream = rig.stream("/plain")
    assert stream.ended_well, rig.log()
    assert added(stream.chunks)["usage_metadata"]["input_tokens"] == counted
