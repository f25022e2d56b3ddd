"""What it costs to have all of it switched on: /invoke bare, and with metrics, limits, an API key,
CORS, the log's lines and traces to a collector."""

import statistics

import measure
import servers
import upstream

KEY = "for-the-bench-alone"
ORIGIN = "https://bench.example"
APP = """
server:
  log_level: {level}
  metrics: {metrics}
{gates}
models:
  french: {{provider: fake, responses: ["Bonjour, comment allez-vous?"]}}
chains:
  translate: [{{prompt: "Translate to {{language}}:\\n\\n{{text}}"}}, french, str]
routes:
  /translate: {{chain: translate{route}}}
"""
GATES = f"""
  log_format: json
  limits: [{{rate: 1000000/second, by: key}}, {{rate: 1000000/second, by: global}}]
  cors: {{allow_origins: [{ORIGIN}], expose_headers: [X-Request-Id]}}
auth: {{keys: {{bench: {KEY}}}}}
"""
LIMITS = ", limit: 1000000/second, max_concurrent: 1000"
HEADERS = f"X-API-Key: {KEY}\nOrigin: {ORIGIN}"
ROUNDS = 3


def app_of(tools, name, **values):
    file = tools.folder / f"{name}.yaml"
    file.write_text(APP.format(**values))
    return file


def figures(folder, binary, seconds):
    """Requests per second of /invoke, bare and with everything; in turn, the median of each."""
    tools = upstream.Tools(folder)
    bare = app_of(tools, "bare", level="warning", metrics="false", gates="", route="")
    full = app_of(tools, "full", level="info", metrics="true", gates=GATES, route=LIMITS)
    each = max(2, round(seconds / ROUNDS))
    rates = {"bare": [], "full": []}
    with tools.start_stub() as sink:
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{sink.port}"}
        for _ in range(ROUNDS):
            for name, app, env, headers in (("bare", bare, {}, ""),
                                            ("full", full, tracing, HEADERS)):
                server = servers.langserved(binary, folder, app)
                server.env.update(env)
                server.headers = headers
                with server:
                    result = measure.throughput(server, "invoke", each, folder)
                rates[name].append(result["per_second"])
    return {name: statistics.median(values) for name, values in rates.items()}
