"""Every kind of error, in every shape, at every kind of endpoint: the status, the shape's members,
the code, and nothing of the cause where the route does not tell it."""

import json

import pytest
from openai_rig import ASK, Stream, model, rig_of
from openai_stub import OpenAIStub
from wire_http import Request, exchange

SHAPES = ("langserve", "json", "problem")
SECRET = "secret-detail"
REASONS = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 403: "Forbidden",
           413: "Request Entity Too Large", 422: "Unprocessable Entity", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}

# What is wrong: (route, the stub's step, status, code, and what a client may read of it).
KINDS = {
    "exception": ("raises", None, 500, "internal_error", None),
    "told": ("tells", None, 422, "validation_error", "not this"),
    "chosen_status": ("refuses", None, 403, "forbidden", "not you"),
    "timeout": ("late", None, 504, "timeout", "The run took too long"),
    "bad_output": ("mistyped", None, 500, "bad_output", None),
    "hidden_429": ("model", {"fault": "status", "status": 429}, 500, "internal_error", None),
    "429": ("tell", {"fault": "status", "status": 429}, 429, "rate_limited",
            "The model provider's rate limit is exceeded"),
    "context": ("tell", {"fault": "status", "code": "context_length_exceeded"}, 400,
                "context_length_exceeded", "The input is too long for the model"),
    "overload": ("tell", {"fault": "status", "status": 503}, 502, "upstream_error",
                 "The model provider failed"),
    "credentials": ("tell", {"fault": "status", "status": 401}, 502, "upstream_auth",
                    "The model provider refused the credentials"),
    "stalled": ("impatient", {"fault": "stall_before_headers"}, 504, "upstream_timeout",
                "The model provider took too long"),
}


def app_text(stub):
    chains = {
        "raises": {"chain": {"lambda": f"error('{SECRET}')"}},
        "tells": {"chain": {"lambda": "error{kind = 'validation_error', message = 'not this'}"}},
        "refuses": {"chain": {"lambda": "error({status = 403, message = 'not you'})"}},
        "late": {"chain": {"chain": {"model": {"provider": "fake", "responses": ["x"],
                                               "delay": "60s"}}, "timeout": "20ms"}},
        "mistyped": {"chain": {"lambda": f"'{SECRET}'"}, "output": {"type": "integer"}},
        "model": {"chain": "gpt"},
        "tell": {"chain": "gpt", "upstream_errors": "tell"},
        "impatient": {"chain": "impatient", "upstream_errors": "tell"},
        "typed": {"chain": {"lambda": "input"}, "input": {"type": "integer"}},
    }
    return json.dumps({
        "server": {"max_body": 1000, "errors": "json"},
        "models": {"gpt": model(stub), "impatient": model(stub, first_byte_timeout="300ms")},
        "routes": {f"/{shape}/{name}": {**chain, "errors": shape}
                   for shape in SHAPES for name, chain in chains.items()}})


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    yield from rig_of(OpenAIStub, app_text, tmp_path_factory.mktemp("errors"))


def post(rig, path, body, **headers):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchange(rig.server.port, Request("POST", path, sent, tuple(headers.items())))


def header(answer, name):
    return answer.headers.get(name)


def expect(answer, shape, status, code, sentence=None, detail=None):
    """The body in a shape: `sentence` may be read there, or the list `detail`; else nothing."""
    assert answer.status == status, answer.text
    assert SECRET not in answer.text
    kind = header(answer, "content-type")
    if shape == "langserve":
        if sentence is None and detail is None:
            assert (kind, answer.text) == ("text/plain; charset=utf-8", "Internal Server Error")
        else:
            assert kind == "application/json"
            assert json.loads(answer.body) == {"detail": detail or sentence}
        return
    body = json.loads(answer.body)
    assert body["code"] == code
    said = "The server's log has the cause, under the request's id"
    if shape == "json":
        assert kind == "application/json"
        assert list(body) == ["error", "detail", "code", "request_id"]
        assert (body["error"], body["detail"]) == (REASONS[status], detail or sentence or said)
        assert body["request_id"] == header(answer, "x-request-id")
    else:
        assert kind == "application/problem+json"
        assert list(body) == ["type", "title", "status", "detail", "instance", "code",
                              *(["errors"] if detail else [])]
        assert (body["type"], body["title"], body["status"]) == ("about:blank", REASONS[status],
                                                                 status)
        assert body.get("errors") == detail
        assert body["instance"] == header(answer, "x-request-id")
        assert detail or body["detail"] == (sentence or said)


ENDPOINTS = ("invoke", "batch", "stream", "stream_events")
# Streams give chunks as they are: their output is not checked.
FAILED = [(kind, endpoint) for kind in KINDS for endpoint in ENDPOINTS
          if kind != "bad_output" or not endpoint.startswith("stream")]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind, endpoint", FAILED)
def test_failed_runs(rig, kind, shape, endpoint):
    name, step, status, code, sentence = KINDS[kind]
    rig.forget()
    if step:
        rig.stub.script({**step, "times": 8})
    body = {"inputs": [ASK]} if endpoint == "batch" else {"input": ASK}
    answer = post(rig, f"/{shape}/{name}/{endpoint}", body)
    logged = rig.wait_logged("run_failed")[-1]
    assert logged["request_id"] == header(answer, "x-request-id")
    if not endpoint.startswith("stream"):
        expect(answer, shape, status, code, sentence)
        return
    stream = Stream(answer)
    assert answer.status == 200 and stream.ended_with_error
    assert SECRET not in answer.text
    if (kind, shape) == ("chosen_status", "langserve"):  # which LangServe's streams do not tell
        status, sentence = 500, None
    assert stream.error["status_code"] == status
    assert stream.error["message"] == (sentence or REASONS[500])
    assert stream.error.get("code") == (None if shape == "langserve" else code)


# What is wrong before anything runs: (method, path behind the route, body, status, code, sentence);
# a sentence that is a list is the detail.
REQUESTS = {
    "not_found": ("GET", "/typed/nothing", b"", 404, "not_found", "Not Found"),
    "wrong_method": ("GET", "/typed/invoke", b"", 405, "method_not_allowed", "Method Not Allowed"),
    "too_large": ("POST", "/typed/invoke", b"x" * 2000, 413, "too_large",
                  "Request Entity Too Large"),
    "no_json": ("POST", "/typed/invoke", b"{", 422, "validation_error", ["Invalid JSON body"]),
    "no_json_stream": ("POST", "/typed/stream", b"{", 422, "validation_error",
                       ["Invalid JSON body"]),
    "no_json_batch": ("POST", "/typed/batch", b"{", 422, "validation_error",
                      ["Invalid JSON body"]),
    "bad_hash": ("POST", "/typed/c/!!/invoke", b'{"input": 1}', 400, "bad_request",
                 "Invalid config hash"),
}


@pytest.mark.parametrize("asked", [False, True], ids=["", "by_accept"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", REQUESTS)
def test_refused_requests(rig, kind, shape, asked):
    method, path, body, status, code, said = REQUESTS[kind]
    accept = (("accept", "text/html;q=0.1, Application/Problem+JSON; q=0.9"),) if asked else ()
    answer = exchange(rig.server.port, Request(method, f"/{shape}{path}", body, accept))
    is_list = isinstance(said, list)
    expect(answer, "problem" if asked else shape, status, code, None if is_list else said,
           said if is_list else None)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("endpoint", ["invoke", "batch", "stream"])
def test_validation(rig, shape, endpoint):
    body = {"inputs": ["x"]} if endpoint == "batch" else {"input": "x"}
    answer = post(rig, f"/{shape}/typed/{endpoint}", body)
    member = {"langserve": "detail", "json": "detail", "problem": "errors"}[shape]
    detail = json.loads(answer.body)[member]
    assert [error["type"] for error in detail] == ["int_parsing"]
    expect(answer, shape, 422, "validation_error", None, detail)


def test_what_is_below_no_route_has_the_shape_of_the_server(rig):
    expect(exchange(rig.server.port, Request("GET", "/nothing")), "json", 404, "not_found",
           "Not Found")
    refused = exchange(rig.server.port, Request("GET", "/health", http="HTTP/3.0"))
    assert refused.status == 505
    assert json.loads(refused.body)["code"] == "http_version_not_supported"


def test_a_failed_run_as_a_problem_by_accept(rig):
    rig.forget()
    answer = post(rig, "/langserve/raises/invoke", {"input": "x"},
                  accept="application/json, application/problem+json")
    expect(answer, "problem", 500, "internal_error")
