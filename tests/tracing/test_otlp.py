"""What OpenTelemetry's collector is sent, by its own protocol's types."""

import base64
import json
import uuid

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from test_langsmith import APP, SICK, call, say

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


BOTH = pytest.mark.parametrize("protocol", ["http/json", "http/protobuf"])
TYPES = {"http/json": "application/json", "http/protobuf": "application/x-protobuf"}


def environment(collector, protocol=None, **more):
    named = {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol} if protocol else {}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100",
            **named, **more}


def parsed(body):
    """A request by the protocol's types; its JSON has ids in hex, unlike protobuf's own JSON."""
    if not body.startswith(b"{"):
        return ExportTraceServiceRequest.FromString(body)
    document = json.loads(body)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    return json_format.ParseDict(document, ExportTraceServiceRequest())


def value_of(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(item) for item in value.array_value.values]
    return getattr(value, kind)


def attributes(owner):
    keys = [pair.key for pair in owner.attributes]
    assert len(keys) == len(set(keys))
    return {pair.key: value_of(pair.value) for pair in owner.attributes}


def spans_of(collector, count):
    """All spans by name, once there are as many."""
    found = collector.wait_for(lambda c: len(told := told_to(c)) >= count and told)
    for span in found:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.flags & 1
    return {span.name: span for span in found}


def told_to(collector):
    """All spans, in the order of their coming."""
    found = []
    for path, _, body in list(collector.requests):
        assert path == "/v1/traces"
        for resource in parsed(body).resource_spans:
            for scope in resource.scope_spans:
                assert scope.scope.name == "langserved" and scope.scope.version
                found.extend(scope.spans)
    return found


def test_no_config_hash_in_spans(serve, collector):
    """It is the config itself."""
    server = serve(APP, env=environment(collector))
    assert call(server, "/say/c/N4XyA/invoke", {"input": {"x": "x"}}).status_code == 200
    request = spans_of(collector, 5)["POST /say/c/{config_hash}/invoke"]
    assert attributes(request)["url.path"] == "/say/c/{config_hash}/invoke"
    assert b"N4XyA" not in b"".join(body for _, _, body in collector.requests)


@BOTH
def test_a_request_and_its_steps(serve, collector, protocol):
    server = serve(APP, env=environment(collector, protocol))
    run_id = say(server)
    spans = spans_of(collector, 5)
    request = spans["POST /say/invoke"]
    root = spans["/say"]
    assert request.kind == Span.SPAN_KIND_SERVER and request.parent_span_id == b""
    told = attributes(request)
    assert told["http.request.method"] == "POST" and told["http.route"] == "/say/invoke"
    assert told["http.response.status_code"] == 200 and told["url.path"] == "/say/invoke"
    assert told["client.address"] == "127.0.0.1"
    assert root.parent_span_id == request.span_id
    assert attributes(root)["langserved.run_id"] == run_id
    for name in ("ChatPromptTemplate", "chat FakeListChatModel", "StrOutputParser"):
        assert spans[name].parent_span_id == root.span_id
    assert {span.trace_id for span in spans.values()} == {request.trace_id}
    assert spans["chat FakeListChatModel"].kind == Span.SPAN_KIND_CLIENT
    assert not any(span.HasField("status") and span.status.code for span in spans.values())
    bodies = b"".join(body for _, _, body in collector.requests)
    assert b"secret words" not in bodies and b"hello" not in bodies


def test_every_request_to_a_route_and_no_other(serve, collector):
    server = serve(APP, env=environment(collector))
    for path in ("/health", "/", "/nowhere", "/docs"):
        call(server, path, None)
    for path in ("/say/stream", "/say/c/N4XyA/batch", "/say/stream_events"):
        call(server, path, {"input": {"x": "1"}, "inputs": []})
    call(server, "/rest", {"x": "1"})
    call(server, "/say/invoke", {})
    names = spans_of(collector, 16).keys()
    requests = {name for name in names if name.startswith("POST ")}
    assert requests == {"POST /say/stream", "POST /say/c/{config_hash}/batch",
                        "POST /say/stream_events", "POST /rest", "POST /say/invoke"}


@BOTH
def test_failures(serve, collector, protocol):
    server = serve(APP, env=environment(collector, protocol))
    call(server, "/boom/invoke", {"input": "x"})
    call(server, "/say/invoke", {"input": 1})
    spans = spans_of(collector, 4)
    for name in ("POST /boom/invoke", "/boom", "boom"):
        assert spans[name].status.code == Status.STATUS_CODE_ERROR
    assert attributes(spans["boom"])["error.type"] == "internal_error"
    assert attributes(spans["POST /boom/invoke"])["error.type"] == "500"
    assert attributes(spans["POST /say/invoke"])["http.response.status_code"] == 422
    assert spans["POST /say/invoke"].status.code == Status.STATUS_CODE_UNSET


def says(provider, answer):
    """The provider gives that answer, whatever it is asked."""
    body = json.dumps(answer).encode()
    provider.garbage = (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                        b"content-length: %d\r\n\r\n%s" % (len(body), body))


def gen_ai_of(server, collector):
    """The conventions' attributes of the model's span, of a request to /ask."""
    assert call(server, "/ask/invoke", {"input": "x"}).status_code == 200
    spans_of(collector, 2)
    told = [attributes(span) for path, _, body in collector.requests
            for span in parsed(body).resource_spans[0].scope_spans[0].spans]
    model = next(each for each in told if "gen_ai.system" in each)
    return {key: value for key, value in model.items() if key.startswith("gen_ai.")}


@BOTH
def test_models_of_texts(serve, collector, collect, protocol):
    provider = collect()
    says(provider, {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "real",
                    "choices": [{"index": 0, "finish_reason": "stop", "text": "hi"}],
                    "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}})
    server = serve(f"""
models:
  gpt: {{provider: openai-completion, model: asked, api_key: none, base_url: "{provider.url}/v1",
        price: {{input: 1, output: 2}}}}
routes: {{/ask: gpt}}
""", env=environment(collector, protocol))
    told = gen_ai_of(server, collector)
    assert told["gen_ai.operation.name"] == "text_completion"
    assert told["gen_ai.usage.input_tokens"] == 7 and told["gen_ai.usage.output_tokens"] == 5
    assert told["gen_ai.usage.cost"] == pytest.approx(17e-6)


@BOTH
def test_models(serve, collector, collect, protocol):
    """The GenAI conventions, on what a provider says."""
    provider = collect()
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-real",
              "choices": [{"index": 0, "finish_reason": "stop",
                           "message": {"role": "assistant", "content": "hi"}}],
              "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}
    says(provider, answer)
    server = serve(f"""
models:
  gpt: {{provider: openai, model: gpt-asked, api_key: canary-of-the-provider, temperature: 0.5,
        max_tokens: 9, base_url: "{provider.url}/v1"}}
routes: {{/ask: gpt}}
""", env=environment(collector, protocol))
    assert gen_ai_of(server, collector) == {
        "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-asked", "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9, "gen_ai.response.model": "gpt-real",
        "gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 5}
    assert b"canary" not in b"".join(body for _, _, body in collector.requests)


OTHERS = {
    "anthropic": ("max_tokens: 9, api_key: none", {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "real", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "hi"}], "usage": {"input_tokens": 7, "output_tokens": 5}}),
    "ollama": ("temperature: 0", {
        "model": "real", "created_at": "2026-01-01T00:00:00Z", "done": True, "done_reason": "end_turn",
        "message": {"role": "assistant", "content": "hi"}, "prompt_eval_count": 7, "eval_count": 5}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_models_of_other_providers(serve, collector, collect, name):
    provider = collect()
    options, answer = OTHERS[name]
    says(provider, answer)
    server = serve(f"""
models: {{m: {{provider: {name}, model: asked, base_url: "{provider.url}", {options}}}}}
routes: {{/ask: m}}
""", env=environment(collector))
    told = gen_ai_of(server, collector)
    assert told["gen_ai.provider.name"] == name and told["gen_ai.response.model"] == "real"
    assert told["gen_ai.response.finish_reasons"] == ["end_turn"]
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (7, 5)


@BOTH
def test_trace_context(serve, collector, protocol):
    """In from the caller; out to the server that a step asks, whose spans stand below it."""
    inner = serve(APP, env=environment(collector, protocol))
    outer = serve(f'routes: {{/far: {{chain: {{remote: "{inner.url}/say"}}}}}}',
                  env=environment(collector, protocol))
    call(outer, "/far/invoke", {"input": {"x": "1"}}, headers={
        "traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=1"})
    spans = spans_of(collector, 7)
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert {span.trace_state for span in spans.values()} == {"vendor=1"}
    assert spans["POST /far/invoke"].parent_span_id.hex() == CALLER
    assert spans["/far"].parent_span_id == spans["POST /far/invoke"].span_id
    assert spans["POST /say/invoke"].parent_span_id == spans["/far"].span_id


@pytest.mark.parametrize("sampler, argument, alone, sampled, unsampled", [
    (None, None, 40, 40, 0),
    ("always_on", None, 40, 40, 40),
    ("always_off", None, 0, 0, 0),
    ("parentbased_always_off", None, 0, 40, 0),
    ("parentbased_traceidratio", "0.5", None, 40, 0),
    ("traceidratio", "0.5", None, None, None),
    ("traceidratio", "0", 0, 0, 0),
    ("traceidratio", "1", 40, 40, 40),
    ("nonsense", None, 40, 40, 0),
    ("traceidratio", "nonsense", 40, 40, 40),
])
def test_sampling(serve, collect, sampler, argument, alone, sampled, unsampled):
    named = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument}
    for flags, expected in ((None, alone), ("01", sampled), ("00", unsampled)):
        collector = collect()
        server = serve(APP, env=environment(collector, **{k: v for k, v in named.items() if v}))
        for _ in range(40):
            headers = {"traceparent": f"00-{uuid.uuid4().hex}-{CALLER}-{flags}"} if flags else {}
            call(server, "/rest", {"x": "1"}, headers=headers)
        server.stop_cleanly()
        traces = [span["traceId"] for span in collector.spans()]
        assert all(traces.count(trace) == 5 for trace in traces)
        assert len(set(traces)) == expected if expected is not None else 3 < len(set(traces)) < 37


@BOTH
def test_names_of_the_environment(serve, collector, protocol):
    env = {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
           "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url + "/v1/traces?a=b",
           "OTEL_EXPORTER_OTLP_HEADERS": "x-not=this",
           "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=Bearer%20key, x-tenant = a ,bad,x=%0a",
           "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test%20one,service.name=other,=x",
           "OTEL_SERVICE_NAME": "my \"service\"", "OTEL_BSP_SCHEDULE_DELAY": "x"}
    server = serve(APP, env=env)
    say(server)
    server.stop_cleanly()
    (path, headers, body), = collector.requests
    assert path == "/v1/traces?a=b"
    assert headers["authorization"] == "Bearer key" and headers["x-tenant"] == "a"
    assert headers["Content-Type"] == TYPES[protocol] and not {"x", "x-not"} & headers.keys()
    assert attributes(parsed(body).resource_spans[0].resource) == {
        "service.name": "my \"service\"", "deployment.environment": "test one",
        "telemetry.sdk.name": "langserved", "telemetry.sdk.version": "0.1.0"}
    assert "OTEL_EXPORTER_OTLP_HEADERS" in server.log()
    assert "OTEL_BSP_SCHEDULE_DELAY" in server.log() and "Bearer" not in server.log()


@pytest.mark.parametrize("off", [{"OTEL_SDK_DISABLED": "TRUE"}, {"OTEL_TRACES_EXPORTER": "none"},
                                 {"OTEL_TRACES_EXPORTER": "console"},
                                 {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
                                 {"OTEL_EXPORTER_OTLP_ENDPOINT": "no URL"},
                                 {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://127.0.0.1"}])
def test_switched_off(serve, collector, off):
    server = serve(APP, env=environment(collector, **off))
    say(server)
    server.stop_cleanly()
    assert not collector.requests


@pytest.mark.parametrize("how", SICK)
def test_requests_do_not_suffer(serve, collect, how):
    collector = collect(**(SICK[how] or {}))
    if how == "dead":
        collector.close()
    server = serve(APP, env=environment(collector))
    for _ in range(20):
        say(server)
    server.stop_cleanly()
    assert server.log().count("tracing_lost") <= 1


def test_both_at_once(serve, collector):
    server = serve(APP, "--workers", "2", env=environment(
        collector, LANGSMITH_TRACING="true", LANGSMITH_ENDPOINT=collector.url))
    ids = {say(server) for _ in range(10)}
    server.stop_cleanly()
    assert {run["trace_id"] for run in collector.runs()} == ids
    assert len(collector.spans()) == 50


@BOTH
def test_strange_texts(serve, collector, protocol):
    server = serve(APP, env=environment(collector, protocol))
    call(server, "/say/c/%ff%fe/invoke", {"input": {"x": "1"}},
         headers={"user-agent": b"\xff\xfe agent"})
    request, = spans_of(collector, 1).values()
    assert attributes(request)["url.path"] == "/say/c/{config_hash}/invoke"
    assert "user_agent.original" not in attributes(request)
