"""What it costs to have all of it switched on: /invoke bare, and with metrics, limits, an API key,
CORS, the log's lines and traces to a collector."""

import contextlib
import random
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
BARE = {"level": "warning", "metrics": "false", "gates": "", "route": "",
        "sampled": 0}
# Each has what those before it have.
STEPS = (
    ("bare", {}),
    ("metrics", {"metrics": "true"}),
    ("limits, a key, CORS", {"gates": GATES, "route": LIMITS}),
    ("lines of the log", {"level": "info"}),
    ("traces of one in ten", {"sampled": 0.1}),
    ("traces of all", {"sampled": 1}),
)
TURNS_A_SECOND = 2  # of those that a run takes elsewhere


def servers_of(tools, binary, sink):
    """(name, server) of each step."""
    values = dict(BARE)
    for number, (name, more) in enumerate(STEPS):
        values.update(more)
        app = tools.folder / f"step{number}.yaml"
        app.write_text(APP.format(**values))
        server = servers.langserved(binary, tools.folder, app)
        server.headers = HEADERS if values["gates"] else ""
        if values["sampled"]:
            server.env.update(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{sink.port}",
                              OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
                              OTEL_TRACES_SAMPLER="parentbased_traceidratio",
                              OTEL_TRACES_SAMPLER_ARG=str(values["sampled"]))
        yield name, server


def figures(folder, binary, seconds):
    """{step: (requests per second of /invoke, processor's µs for each, share of what bare does)}.

    All servers are there all the while, and take turns by the second, in any order, for a machine is
    not as fast in one minute as in the next: shares are of the same turn.  The medians of all."""
    tools = upstream.Tools(folder)
    turns = []
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(tools.start_stub())
        steps = list(servers_of(tools, binary, sink))
        for _, server in steps:
            stack.enter_context(server)
            measure.warm_up(server, "invoke", folder)
        for _ in range(TURNS_A_SECOND * seconds):
            random.shuffle(steps)
            turns.append({name: one_turn(server, folder) for name, server in steps})
    return {name: tuple(map(statistics.median, zip(*(
        (*each[name], each[name][0] / each["bare"][0]) for each in turns)))) for name, _ in STEPS}


def one_turn(server, folder):
    result = measure.load(server, "invoke", 1, folder)
    return result["per_second"], result["busy"] / result["per_second"] * 1e6
