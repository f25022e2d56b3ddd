"""The faults that put something else in the place of a good answer."""

import json

import openai
import pytest
from stub_answers import DEFAULT_REPLY
from stub_probe import ASK, content_of, create, model


def test_status_details(raw):
    ask = {"messages": ASK["messages"]}
    status, headers, body = raw.ask({**ask, "model": model("status", status=503, text="busy")})
    assert (status, body) == (503, b"busy")
    status, headers, _ = raw.ask({**ask, "model": model("status", status=429, retry_after=7,
                                                        retry_after_ms=9)})
    assert status == 429 and headers["Retry-After"] == "7" and headers["Retry-After-Ms"] == "9"
    _, headers, _ = raw.ask({**ask, "model": model("status", retry_after_date=2)})
    assert headers["Retry-After"].endswith("GMT")


def test_redirect_points_elsewhere(raw):
    where = "http://127.0.0.1:9/v1/x"
    status, headers, _ = raw.ask({**ASK, "model": model("redirect", location=where)})
    assert status == 302 and headers["Location"] == where
    assert raw.ask({**ASK, "model": model("redirect", status=307)})[0] == 307


def test_web_page(raw):
    status, headers, body = raw.ask({**ASK, "model": model("html_page")})
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert body.startswith(b"<!DOCTYPE")


def test_error_in_200(raw):
    for stream in (False, True):
        status, _, body = raw.ask({**ASK, "model": model("error_in_200"), "stream": stream})
        assert status == 200 and json.loads(body)["error"]["type"] == "server_error"


def test_error_mid_stream_reaches_the_real_client(raw, client):
    events = raw.stream(model=model("error_mid", after=2))
    assert len(events) == 3 and "error" in json.loads(events[-1])
    with pytest.raises(openai.APIError):
        list(create(client, model=model("error_mid"), stream=True))


def test_broken_choices(raw):
    for fault, value in (("null_choices", None), ("empty_choices", [])):
        whole = raw.ask({**ASK, "model": model(fault)})[2]
        assert json.loads(whole)["choices"] == value
        events = raw.stream(model=model(fault))
        assert events[-1] == "[DONE]"
        assert all(json.loads(e)["choices"] == value for e in events[:-1])


def test_azure_opens_without_choices(raw):
    events = raw.stream(model=model("azure_first_chunk_empty_choices"))
    assert json.loads(events[0])["choices"] == [] and content_of(events) == DEFAULT_REPLY


def test_garbage_is_no_json(raw, client):
    with pytest.raises(json.JSONDecodeError):
        json.loads(raw.ask({**ASK, "model": model("garbage_json")})[2])
    events = raw.stream(model=model("garbage_json", after=2))
    with pytest.raises(json.JSONDecodeError):
        json.loads(events[2])
    assert len(events) > 10 and events[-1] == "[DONE]"
    with pytest.raises((openai.APIError, json.JSONDecodeError)):
        list(create(client, model=model("garbage_json"), stream=True))


@pytest.mark.parametrize("stream", [False, True])
def test_invalid_utf8_is_invalid(raw, stream):
    body = raw.ask({**ASK, "model": model("invalid_utf8"), "stream": stream})[2]
    with pytest.raises(UnicodeDecodeError):
        body.decode()


def test_wrong_content_type_has_the_right_body(raw):
    _, headers, body = raw.ask({**ASK, "model": model("wrong_content_type")})
    assert headers["Content-Type"] == "text/plain" and json.loads(body)["choices"]
