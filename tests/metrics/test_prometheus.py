"""What we ship for Prometheus and Grafana, judged by Prometheus itself where it is installed."""

import json
import re
import shutil
import signal
import subprocess
import time

import httpx
import pytest
import servers
from ports import free_port
from test_metrics import post
from test_own_metrics import TRANSLATOR

DEPLOY = servers.REPO / "deploy"
NAME = re.compile(r"\b((?:http|langserved|process)_[a-z_]+)\b(?!\")")


def tool(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def shipped_expressions():
    dashboard = json.loads((DEPLOY / "grafana/langserved.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    rules = (DEPLOY / "prometheus/alerts.yml").read_text()
    for block, line in re.findall(r"expr: (?:\|\n((?: {10}.+\n)+)|(.+)\n)", rules):
        yield block or line


def families(text):
    """All names that a query may use."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        endings = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
        found |= {name + ending for ending in endings.get(kind, ("",))}
    return found


def test_every_metric_of_the_dashboard_and_the_alerts_exists(serve):
    text = httpx.get(serve(TRANSLATOR, "--workers", "2").url + "/metrics").text
    named = {name for expr in shipped_expressions() for name in NAME.findall(expr)}
    assert len(named) > 20
    assert named <= families(text), named - families(text)


def test_every_metric_is_in_the_documents(serve):
    page = (servers.REPO / "docs/metrics.md").read_text()
    text = httpx.get(serve("routes: {/x: passthrough}").url + "/metrics").text
    for name in re.findall(r"^# TYPE (\S+) ", text, re.M):
        assert f"`{name}`" in page, name


def test_promtool_finds_nothing(serve):
    promtool = tool("promtool")
    server = serve(TRANSLATOR, "--workers", "2")
    for i in range(3):
        post(server, "/translate/invoke", {"source_lang": f'"\\\n{i}', "target_lang": "中"})
    text = httpx.get(server.url + "/metrics").text
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("what, file", [("rules", "alerts.yml"), ("config", "prometheus.yml")])
def test_promtool_takes_what_we_ship(what, file):
    done = subprocess.run([tool("promtool"), "check", what, DEPLOY / "prometheus" / file],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prometheus(tmp_path):
    """prometheus(server) scrapes it with what we ship; its URL."""
    started = []

    def start(server):
        program, port = tool("prometheus"), free_port()
        text = (DEPLOY / "prometheus/prometheus.yml").read_text()
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("15s", "1s")
        (tmp_path / "prometheus.yml").write_text(text)
        shutil.copy(DEPLOY / "prometheus/alerts.yml", tmp_path)
        started.append(subprocess.Popen(
            [program, f"--config.file={tmp_path}/prometheus.yml",
             f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ask(url, expr):
    """The values of a query, or nothing while Prometheus is not up."""
    try:
        answer = httpx.get(url + "/api/v1/query", params={"query": expr}, timeout=10)
        answer.raise_for_status()
    except httpx.HTTPError:
        return []
    return [float(one["value"][1]) for one in answer.json()["data"]["result"]]


def test_prometheus_scrapes_it(serve, prometheus):
    server = serve(TRANSLATOR, "--workers", "2")
    for _ in range(7):
        post(server, "/translate/invoke", {"source_lang": "zh", "target_lang": "en"})
    url = prometheus(server)
    expr = 'translation_requests_total{source_lang="zh",target_lang="en",job="langserved"}'
    deadline = time.monotonic() + 60
    while ask(url, expr) != [7.0] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert ask(url, expr) == [7.0]
    assert ask(url, 'up{job="langserved"}') == [1.0]
    assert ask(url, 'http_requests_total{handler="/translate/invoke",status="2xx"}') == [7.0]
    assert ask(url, "count(langserved_worker_resident_memory_bytes)") == [2.0]
    for expr in shipped_expressions():  # each of them is a query that Prometheus takes
        answer = httpx.get(url + "/api/v1/query", timeout=10, params={
            "query": expr.replace("$__rate_interval", "1m").replace("$job", "langserved")})
        assert answer.status_code == 200, answer.text
