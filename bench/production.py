"""What it costs to have all of it switched on: /invoke bare, and with metrics, limits, an API key,
CORS, the log's lines and traces to a collector."""

import collections
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
ROUNDS = 2 * len(STEPS)


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

    Medians of rounds, each of which begins with another step, for what comes first after a pause is
    served faster.  A share is of the same round: a machine is not as fast in one as in the next."""
    tools = upstream.Tools(folder)
    rounds = []
    with tools.start_stub() as sink:
        steps = collections.deque(servers_of(tools, binary, sink))
        for _ in range(ROUNDS):
            steps.rotate(-1)
            rounds.append({name: one_step(server, max(1, seconds // ROUNDS), folder)
                           for name, server in steps})
    return {name: tuple(map(statistics.median, zip(*(
        (*each[name], each[name][0] / each["bare"][0]) for each in rounds)))) for name, _ in STEPS}


def one_step(server, seconds, folder):
    with server:
        result = measure.throughput(server, "invoke", seconds, folder)
    return result["per_second"], result["busy"] / result["per_second"] * 1e6
