"""OpenTelemetry's own collector takes every span.  It is built by `make otel-collector`, from Go's modules,
and looked for there, in OTELCOL and in the PATH."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import servers
from ports import free_port
from raw import wait_for
from test_langsmith import APP, call, say

CONFIG = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
exporters: {file: {path: %s, flush_interval: 100ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [file]}}
"""


def program():
    built = servers.REPO / ".cache" / "otelcol" / "otelcol"
    return os.environ.get("OTELCOL") or (str(built) if built.exists() else None) or \
        shutil.which("otelcol") or shutil.which("otelcol-contrib")


class RealCollector:
    def __init__(self, folder):
        self.port = free_port()
        self.url, self.file = f"http://127.0.0.1:{self.port}", folder / "spans.json"
        (folder / "collector.yaml").write_text(CONFIG % (self.port, self.file))
        self.log = folder / "collector.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([program(), "--config", folder / "collector.yaml"],
                                            stdout=log, stderr=log)
        wait_for(self._listens, 60, "the collector")

    def _listens(self):
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def post(self, body):
        request = urllib.request.Request(self.url + "/v1/traces", body,
                                         {"content-type": "application/json"})
        try:
            return urllib.request.urlopen(request, timeout=30).status
        except urllib.error.HTTPError as error:
            return error.code

    def spans(self):
        """What it has written: its own reading of what it was sent.  Of the last line it may have
        written a part."""
        text = self.file.read_text(errors="replace") if self.file.exists() else ""
        lines = text.split("\n")[:-1]
        return [span for line in lines for resource in json.loads(line)["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def real(tmp_path):
    if not program():
        pytest.skip("there is no collector: `make otel-collector`, or set OTELCOL")
    collector = RealCollector(tmp_path)
    yield collector
    collector.stop()


def test_it_refuses_what_is_none(real):
    """So that to be taken says something."""
    assert real.post(b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}') == 400
    assert real.post(b'{"resourceSpans": []}') == 200


@pytest.mark.parametrize("environment", [
    {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol, **resource}
    for protocol in ("http/json", "http/protobuf")
    for resource in ({}, {"OTEL_SERVICE_NAME": "Übersetzer \"1\"",
                          "OTEL_RESOURCE_ATTRIBUTES": "a=b%20c,d=%22"})])
def test_every_span_is_taken(serve, real, environment):
    server = serve(APP, env={"OTEL_EXPORTER_OTLP_ENDPOINT": real.url, "OTEL_BSP_SCHEDULE_DELAY": "50",
                             **environment})
    for _ in range(20):
        say(server, tags=["ä", "\x00\x1f\u2028", "x" * 3000], metadata={"k": [1, {"a": None}]})
    odd = "\U0001f600\ud7ff\ufffd\x7f\\\"</script>"
    for endpoint in ("invoke", "batch", "stream", "stream_log", "stream_events"):
        frame = {"inputs": [{"x": odd}] * 3} if endpoint == "batch" else {"input": {"x": odd}}
        call(server, f"/say/{endpoint}", {**frame, "version": "v2"})
        call(server, f"/boom/{endpoint}", {**frame, "version": "v2"})
        call(server, f"/say/{endpoint}", {"input": 3})
    call(server, "/rest", {"x": odd}, headers={
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "a=b,c=d", "user-agent": "odd \"agent\" \\"})
    server.stop()
    assert "tracing_lost" not in server.log()
    spans = wait_for(lambda: len(real.spans()) >= 100 and real.spans(), 30)
    time.sleep(1)
    spans = real.spans()
    names = [span["name"] for span in spans]
    requests = [line for line in server.log().splitlines() if '"event":"request"' in line
                and "/health" not in line]
    assert sum(name.startswith("POST /") for name in names) == len(requests) == 36
    ids = {span["spanId"] for span in spans}
    assert len(ids) == len(spans)
    for span in spans:
        assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) > 0
        assert span.get("parentSpanId", "") in ids | {"", "b7ad6b7169203331"}
    (far, ) = [span for span in spans if span["traceId"] == "0af7651916cd43dd8448eb211c80319c"
               and span["name"] == "POST /rest"]
    assert far["parentSpanId"] == "b7ad6b7169203331"
    assert not real.log.read_text().count("error")
