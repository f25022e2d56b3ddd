"""What a route lets /stream_log and /stream_events tell of its steps: names, sizes, the version."""

import json

import httpx
import jsonpatch
import pytest

APP = """
models:
  long: {provider: fake, responses: ["0123456789012345678901234567890123456789"]}
chains:
  big: {lambda: 'string.rep("x", input)', name: big}
  size: {lambda: '{size = #input}', name: size}
  both: [big, size]
  asked: [{prompt: "{text}"}, long, str]
routes:
  /all: both
  /named: {chain: both, stream_names: [size, nobody]}
  /none: {chain: both, stream_names: []}
  /limited: {chain: both, stream_value_limit: 1000B}
  /roomy: {chain: both, stream_value_limit: 1MB}
  /named_and_limited: {chain: both, stream_names: [big], stream_value_limit: 1000B}
  /model: {chain: asked, stream_value_limit: 30B}
  /v1: {chain: both, events_version: v1, stream_value_limit: 1000B, stream_names: [big]}
  /v1_model: {chain: asked, events_version: v1}
  /v2: {chain: both, events_version: v2}
"""


@pytest.fixture
def server(serve):
    return serve(APP)


def stream(server, path, value, **filters):
    answer = httpx.post(server.url + path, json={"input": value, **filters}, timeout=30)
    assert answer.status_code == 200
    blocks = answer.text.removesuffix("\r\n\r\n").split("\r\n\r\n")
    assert blocks.pop() == "event: end"
    return [json.loads(block.removeprefix("event: data\r\ndata: ")) for block in blocks]


def log_of(server, path, value, **filters):
    ops = [op for data in stream(server, path + "/stream_log", value, **filters) for op in data["ops"]]
    return jsonpatch.apply_patch(None, ops)


def events_of(server, path, value, **filters):
    return stream(server, path + "/stream_events", value, **filters)


def names(events):
    return list(dict.fromkeys(event["name"] for event in events))


@pytest.mark.parametrize("path, told", [
    ("/all", ["big", "size"]), ("/named", ["size"]), ("/none", []),
])
def test_names(server, path, told):
    log, events = log_of(server, path, 5), events_of(server, path, 5)
    assert list(log["logs"]) == told
    assert names(events) == [path, *told]
    assert log["final_output"] == events[-1]["data"]["output"] == {"size": 5}
    assert log["streamed_output"] == [{"size": 5}]


def test_names_and_filters_of_the_client(server):
    """A client may ask for less, and not for more."""
    for filters, told in (({"include_names": ["big", "size"]}, ["size"]),
                          ({"include_types": ["chain"]}, ["size"]),
                          ({"include_tags": ["seq:step:1"]}, []),
                          ({"exclude_names": ["size"]}, [])):
        assert list(log_of(server, "/named", 5, **filters)["logs"]) == told
        assert [n for n in names(events_of(server, "/named", 5, **filters)) if n != "/named"] == told


def omitted(value):
    return {"omitted_bytes": len(json.dumps(value, separators=(",", ":")))}


def test_sizes(server):
    text = "x" * 2000
    log, events = log_of(server, "/limited", 2000), events_of(server, "/limited", 2000)
    assert log["logs"]["big"]["final_output"] == omitted({"output": text})
    assert log["logs"]["big"]["streamed_output"] == [omitted(text)]
    assert log["logs"]["size"]["final_output"] == log["final_output"] == {"size": 2000}
    told = {(e["name"], e["event"]): e["data"] for e in events}
    assert told["big", "on_chain_stream"] == {"chunk": omitted(text)}
    assert told["big", "on_chain_end"] == {"output": omitted(text), "input": 2000}
    assert told["size", "on_chain_end"] == {"output": {"size": 2000}, "input": omitted(text)}
    assert all("xxx" not in json.dumps(one) for one in (log, events))


def test_sizes_that_fit(server):
    """The limit is of the value as JSON: its quotes count, and it may be reached."""
    for size, path, shown in ((998, "/limited", True), (999, "/limited", False),
                              (5000, "/roomy", True), (5000, "/all", True)):
        events = events_of(server, path, size)
        [chunk] = [e["data"]["chunk"] for e in events if (e["name"], e["event"]) ==
                   ("big", "on_chain_stream")]
        assert chunk == ("x" * size if shown else omitted("x" * size)), (size, path)


def test_the_route_itself_is_always_told_whole(server):
    log = log_of(server, "/model", {"text": "y" * 100})
    events = events_of(server, "/model", {"text": "y" * 100})
    assert log["final_output"] == events[-1]["data"]["output"] == "0123456789" * 4
    assert events[0]["data"]["input"] == {"text": "y" * 100}
    inside = [e for e in events if e["name"] != "/model"]
    assert all("omitted_bytes" in json.dumps(e["data"]) for e in inside
               if e["event"] in ("on_chat_model_end", "on_prompt_end", "on_parser_end"))
    assert "yyyy" not in json.dumps([inside, log["logs"]])


def test_names_and_sizes_together(server):
    path = "/named_and_limited"
    assert names(events_of(server, path, 2000)) == [path, "big"]
    assert list(log_of(server, path, 2000)["logs"]) == ["big"]
    assert "xxx" not in json.dumps(events_of(server, path, 2000))


def test_versions(server):
    """v1 knows no parents, and tells input before output; limits hold in both."""
    one, two = events_of(server, "/v1", 2000), events_of(server, "/v2", 2000)
    assert {len(e["parent_ids"]) for e in one} == {0} and {len(e["parent_ids"]) for e in two} == {0, 1}
    assert names(one) == ["/v1", "big"] and names(two) == ["/v2", "big", "size"]
    [ended] = [e["data"] for e in one if (e["name"], e["event"]) == ("big", "on_chain_end")]
    assert list(ended) == ["input", "output"] and ended["output"] == omitted("x" * 2000)
    [ended] = [e["data"] for e in two if (e["name"], e["event"]) == ("big", "on_chain_end")]
    assert list(ended) == ["output", "input"] and ended["output"] == "x" * 2000
    for asked in ("v1", "v2"):  # the client does not choose
        assert names(events_of(server, "/v2", 5, version=asked)) == names(two)


def test_versions_of_a_models_answer(server):
    def ended(path):
        [data] = [e["data"] for e in events_of(server, path, {"text": "y"})
                  if e["event"] == "on_chat_model_end"]
        return data["output"]

    assert ended("/v1_model")["generations"][0][0]["text"] == "0123456789" * 4
    assert ended("/model") == {"omitted_bytes": ended("/model")["omitted_bytes"]}
