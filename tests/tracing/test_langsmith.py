"""What LangSmith is sent: beside LangChain's own tracer, by the types of LangSmith's own client."""

import asyncio
import time
import uuid

import httpx
import pytest
import servers
from collector import Collector
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import Client, schemas
from langsmith.run_trees import _parse_dotted_order
from observe_cases import CASES, YAML

# Where we tell otherwise on purpose.
OTHERWISE = {
    ("fallbacks", "invoke"): "LangChain loses the parents of what is tried",
    ("fallbacks_chain", "invoke"): "LangChain loses the parents of what is tried",
    ("retry", "stream"): "LangChain does not try again while streaming",
}
# Whose input a route's schema refuses.
REFUSED = ("history_plain", "tool_refuses")
# What LangChain's tracer adds of a run's `configurable` and of a fake model's own fields.
ADDED = ("session_id", "_type", "responses", "stop", "p", "r")
KEY = "lsv2_canary_key"
APP = """
models: {m: {provider: fake, responses: [hello wide world]}}
chains:
  say: {chain: [{prompt: "say {x}"}, m, str]}
  boom: [{lambda: error("no"), name: boom}, m]
  slow: [{model: {provider: fake, responses: [abc], delay: 10s}}, str]
routes:
  /say: {chain: say, config_keys: [configurable, tags, metadata, run_id]}
  /boom: boom
  /slow: slow
  /rest: {chain: say, as: rest}
"""


def environment(collector, prefix="LANGSMITH", **more):
    return {f"{prefix}_TRACING_V2": "true", f"{prefix}_API_KEY": KEY, f"{prefix}_PROJECT": "mine",
            f"{prefix}_ENDPOINT": collector.url, **more}


CLIENT = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))


def call(server, path, body, **options):
    return CLIENT.post(server.url + path, json=body, **options)


def say(server, **config):
    run_id = str(uuid.uuid4())
    answer = call(server, "/say/invoke", {"input": {"x": "secret words"},
                                          "config": {"run_id": run_id, **config}})
    assert answer.status_code == 200
    return run_id


def runs_of(collector, trace, count=4):
    """The runs of a trace, once there are as many, in LangSmith's order."""
    def found(collector):
        runs = [run for run in collector.runs() if run["trace_id"] == trace]
        return len(runs) >= count and sorted(runs, key=lambda run: run["dotted_order"])
    return collector.wait_for(found)


# the form


def bare(value, key=None):
    """Without what differs from run to run, and what says nothing."""
    if isinstance(value, dict):
        plain = {k: bare(v, k) for k, v in value.items()}
        return {k: v for k, v in plain.items() if v not in (None, False, {}, []) and k != "id"}
    return [bare(item) for item in value] if isinstance(value, list) else value


def tree(runs):
    """The tree under the root, as far as both must agree."""
    nodes = {}
    for run in sorted(runs, key=lambda run: run["dotted_order"]):
        metadata = {key for key in run["extra"].get("metadata", {}) if key not in ADDED and
                    not key.startswith(("LANGSMITH_", "__", "ls_integration", "lc_versions",
                                        "revision_id"))}
        node = {"name": run["name"], "type": run["run_type"], "tags": sorted(run["tags"]),
                "inputs": bare(run["inputs"]), "outputs": bare(run["outputs"]),
                "failed": bool(run.get("error")), "project": run["session_name"],
                "metadata": sorted(metadata), "events": [e["name"] for e in run["events"]],
                "depth": run["dotted_order"].count("."), "children": []}
        nodes[run["id"]] = node
        if run.get("parent_run_id"):
            nodes[run["parent_run_id"]]["children"].append(node)
    return next(iter(nodes.values()))


@pytest.fixture(scope="module")
def both():
    """What is told to a collector by our server, and by LangChain's tracer."""
    pair = Collector(), Collector()
    yield pair
    for collector in pair:
        collector.close()


@pytest.fixture(scope="module")
def cases_server(both, tmp_path_factory):
    folder = tmp_path_factory.mktemp("langsmith")
    routes = "".join(f"  /{name}: {{chain: {case[0] if isinstance(case[0], str) else name}, "
                     "config_keys: [configurable, tags, metadata, run_id]}\n"
                     for name, case in CASES.items())
    store = f"store: {{path: {folder / 'store.db'}}}\n"
    (folder / "app.yaml").write_text(store + YAML + "routes:\n" + routes)
    server = servers.langserved(folder / "app.yaml", folder, env=environment(both[0])).start()
    yield server
    server.stop_cleanly()


def theirs(collector, chain, value, config, how, name):
    client = Client(api_url=collector.url, api_key="key", info=None)
    tracer = LangChainTracer(client=client, project_name="mine")
    run_id = uuid.uuid4()
    config = {**config, "callbacks": [tracer], "run_id": run_id, "run_name": name}

    async def run():
        if how == "invoke":
            return await chain.ainvoke(value, config)
        return [chunk async for chunk in chain.astream(value, config)]

    try:
        asyncio.run(run())
    except Exception as error:
        assert "no" in str(error), error
    tracer.wait_for_futures()
    client.flush()
    runs = [run for run in collector.runs() if run["trace_id"] == str(run_id)]
    client.cleanup()
    return runs


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("name", [name for name in CASES if name not in REFUSED])
def test_as_langchain_tells_it(cases_server, both, name, how, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    chain, value, config = CASES[name]
    if "session_id" in config.get("configurable", {}):  # LangChain remembers what other tests said
        config = {**config, "configurable": {"session_id": f"{name} {how}"}}
    run_id = str(uuid.uuid4())
    call(cases_server, f"/{name}/{how}", {"input": value, "config": {**config, "run_id": run_id}})
    expected = theirs(both[1], chain, value, config, how, f"/{name}")
    ours = runs_of(both[0], run_id, 1 if (name, how) in OTHERWISE else len(expected))
    for run in ours:
        schemas.Run(**{**run, "session_id": uuid.uuid4()})
        parsed = _parse_dotted_order(run["dotted_order"])
        assert str(parsed[-1][1]) == run["id"] and str(parsed[0][1]) == run["trace_id"] == run_id
        assert run["start_time"] <= run["end_time"]
    if (name, how) not in OTHERWISE:
        assert tree(ours) == tree(expected)


@pytest.mark.parametrize("prefix", ["LANGSMITH", "LANGCHAIN"])
def test_the_names_of_the_environment(serve, collector, prefix):
    run_id = say(serve(APP, env=environment(collector, prefix)), tags=["t"], metadata={"m": 1})
    root, *steps = runs_of(collector, run_id)
    path, headers, _ = collector.requests[0]
    assert path == "/runs/batch" and headers["x-api-key"] == KEY
    assert headers["Content-Type"] == "application/json"
    assert [root["session_name"], root["name"], root["tags"]] == ["mine", "/say", ["t"]]
    assert [step["run_type"] for step in steps] == ["prompt", "llm", "parser"]
    for run in (root, *steps):
        metadata = run["extra"]["metadata"]
        assert metadata["m"] == 1 and metadata["__langserve_endpoint"] == "invoke"
        assert metadata["__useragent"].startswith("python-httpx/")


@pytest.mark.parametrize("endpoint, key", [(" '%s' ", f" {KEY}\n"), ('"%s//"', f'"{KEY}"')])
def test_what_stands_around_values_of_the_environment(serve, collector, endpoint, key):
    """As LangSmith's client takes it: files leave line ends, and quotes."""
    server = serve(APP, env=environment(collector, LANGSMITH_API_KEY=key,
                                        LANGSMITH_ENDPOINT=endpoint % collector.url))
    runs_of(collector, say(server))
    assert {(path, headers["x-api-key"]) for path, headers, _ in collector.requests} == {
        ("/runs/batch", KEY)}


@pytest.mark.parametrize("wrong", [{"LANGSMITH_ENDPOINT": "canary of no URL"},
                                   {"LANGSMITH_ENDPOINT": "ftp://canary"},
                                   {"LANGSMITH_API_KEY": "canary\nX-Other: 1"}])
def test_what_cannot_be_used_is_told_when_the_server_starts(serve, collector, wrong):
    server = serve(APP, env=environment(collector, **wrong))
    say(server)
    server.stop_cleanly()
    assert f"{next(iter(wrong))} cannot be used" in server.log() and "canary" not in server.log()
    assert not collector.requests


def test_every_endpoint(serve, collector):
    server = serve(APP, env=environment(collector))
    call(server, "/say/batch", {"inputs": [{"x": "1"}, {"x": "2"}]})
    for endpoint in ("stream", "stream_log", "stream_events"):
        call(server, f"/say/{endpoint}", {"input": {"x": endpoint}})
    call(server, "/rest", {"x": "rest"})
    roots = collector.wait_for(lambda c: len(r := [r for r in c.runs() if r["id"] == r["trace_id"]])
                               == 6 and r)
    assert sorted(root["inputs"]["x"] for root in roots) == [
        "1", "2", "rest", "stream", "stream_events", "stream_log"]
    assert {root["extra"]["metadata"].get("__langserve_endpoint") for root in roots} == {
        "batch", "stream", "stream_log", "stream_events", None}


def test_failures(serve, collector):
    server = serve(APP, env=environment(collector))
    assert call(server, "/boom/invoke", {"input": "x"}).status_code == 500
    with pytest.raises(httpx.ReadTimeout):
        call(server, "/slow/invoke", {"input": "x"}, timeout=0.5)
    roots = collector.wait_for(lambda c: {r["name"]: r for r in c.runs() if r["id"] ==
                                          r["trace_id"]}.keys() == {"/boom", "/slow"} and c.runs())
    assert {run["name"]: bool(run.get("error")) for run in roots} == {
        "/boom": True, "boom": True, "/slow": True, "FakeListChatModel": True}


def test_hiding(serve, collect):
    for hide, kept in (("INPUTS", "outputs"), ("OUTPUTS", "inputs"), ("METADATA", "inputs")):
        for prefix in ("LANGSMITH", "LANGCHAIN"):
            collector = collect()
            server = serve(APP, env=environment(collector, **{f"{prefix}_HIDE_{hide}": "true"}))
            runs = runs_of(collector, say(server, metadata={"m": "about"}))
            assert all(run[kept] for run in runs)
            if hide == "METADATA":
                assert all(run["extra"]["metadata"] == {} for run in runs)
            else:
                assert all(run[hide.lower()] == {} for run in runs)


def test_sampling(serve, collect):
    told = {}
    for rate in ("0", "0.5", "1"):
        collector = collect()
        server = serve(APP, env=environment(collector, LANGSMITH_TRACING_SAMPLING_RATE=rate))
        for _ in range(100):
            say(server)
        server.stop_cleanly()
        traces = [run["trace_id"] for run in collector.runs()]
        assert all(traces.count(trace) == 4 for trace in traces)
        told[rate] = len(set(traces))
    assert told["0"] == 0 and told["1"] == 100 and 10 < told["0.5"] < 90


def test_a_rate_that_is_none(tmp_path):
    (tmp_path / "app.yaml").write_text(APP)
    for rate in ("1.5", "-1", "x", "nan", "1 "):
        server = servers.langserved(tmp_path / "app.yaml", tmp_path,
                                    env={"LANGSMITH_TRACING": "true",
                                         "LANGSMITH_TRACING_SAMPLING_RATE": rate})
        with pytest.raises(AssertionError, match="number from 0 to 1"):
            server.start()


# what must never happen


def test_clients_do_not_choose_where_traces_go(serve, collect):
    collector, trap = collect(), collect()
    server = serve(APP, env=environment(collector))
    headers = {
        "x-api-key": "theirs", "langsmith-endpoint": trap.url, "x-langsmith-api-key": "theirs",
        "langsmith-trace": "20261126T203006022059Z01a2198d-14c5-70b0-a8e1-a85115406335",
        "baggage": "langsmith-project=theirs,langsmith-metadata=%7B%22a%22%3A1%7D,"
                   f"langsmith-replicas=%5B%5B%22theirs%22%2C%7B%22api_url%22%3A%22{trap.url}%22%7D%5D%5D"}
    config = {"metadata": {"LANGSMITH_ENDPOINT": trap.url, "LANGSMITH_PROJECT": "theirs"},
              "configurable": {"api_url": trap.url}, "callbacks": [{"api_url": trap.url}]}
    run_id = call(server, "/say/invoke", {"input": {"x": "x"}, "config": config},
                  headers=headers).json()["metadata"]["run_id"]
    runs = runs_of(collector, run_id)
    assert {run["session_name"] for run in runs} == {"mine"} and "parent_run_id" not in runs[0]
    assert {headers["x-api-key"] for _, headers, _ in collector.requests} == {KEY}
    assert not trap.requests
    assert b"theirs" not in b"".join(body for _, _, body in collector.requests).replace(
        b'"LANGSMITH_PROJECT":"theirs"', b"")


def test_secrets_stay_inside(serve, collector):
    canary = "sk-canary-of-the-provider"
    app = APP.replace("routes:", """  asks: {model: {provider: openai, model: gpt, api_key: "${OPENAI_API_KEY}",
          base_url: "http://127.0.0.1:9/v1", max_retries: 0}}
auth: {callers: []}
routes:
  /asks: asks""").replace("auth: {callers: []}\n", "")
    server = serve(app, env=environment(collector, OPENAI_API_KEY=canary))
    answer = call(server, "/asks/invoke", {"input": "x"}, headers={
        "authorization": "Bearer canary-header", "cookie": "canary-cookie", "x-other": "canary-x"})
    assert answer.status_code >= 500
    call(server, "/say/stream_events", {"input": {"x": "x"}})
    collector.wait_for(lambda c: len([r for r in c.runs() if r["id"] == r["trace_id"]]) == 2)
    told = b"".join(body for _, _, body in collector.requests)
    assert b"canary" not in told and b"canary" not in server.log().encode()
    assert KEY not in server.log()


SICK = {
    "dead": None,
    "slow": {"delay": 5},
    "refusing": {"status": 401},
    "broken": {"status": 500},
    "nonsense": {"garbage": b"\xff\x00 nonsense\r\n\r\n"},
    "silent": {"garbage": b""},
    "endless head": {"garbage": b"HTTP/1.1 200 OK\r\nx: " + b"a" * 200_000},
}


@pytest.mark.parametrize("how", SICK)
def test_requests_do_not_suffer(serve, collect, how):
    collector = collect(**(SICK[how] or {}))
    if how == "dead":
        collector.close()
    server = serve(APP, env=environment(collector))
    begun = time.monotonic()
    for _ in range(50):
        say(server)
    assert time.monotonic() - begun < 40  # they wait for nothing
    begun = time.monotonic()
    server.stop_cleanly()
    assert time.monotonic() - begun < 15
    assert server.log().count("tracing_lost") <= 1
    assert KEY not in server.log()


def test_what_is_lost_is_counted_and_said_once(serve, collect):
    collector = collect(status=403)
    server = serve(APP, env=environment(collector))
    for _ in range(3):
        seen = len(collector.requests)
        say(server)
        collector.wait_for(lambda c: len(c.requests) > seen)
    collector.status = 202
    seen = len(collector.requests)
    say(server)
    collector.wait_for(lambda c: len(c.requests) > seen)
    server.stop_cleanly()
    assert server.log().count("tracing_lost") == 1 and "it answers 403" in server.log()
    assert "takes traces again; 12 were lost" in server.log()


def test_what_was_told_before_the_end_arrives(serve, collect):
    collector = collect(delay=0.3)
    server = serve(APP, "--workers", "2", env=environment(collector))
    ids = {say(server) for _ in range(40)}
    server.stop_cleanly()
    assert {run["trace_id"] for run in collector.runs()} == ids
    assert len(collector.runs()) == 4 * len(ids)


def test_strange_texts(serve, collector):
    server = serve(APP, env=environment(collector))
    text = "\u2028\u0085\x00\x1f\"\\ \U0001f600 é"
    call(server, "/say/invoke", {"input": {"x": text}}, headers={"user-agent": b"\xff\xfe agent"})
    runs = collector.wait_for(lambda c: len(c.runs()) == 4 and c.runs())
    root = next(run for run in runs if run["id"] == run["trace_id"])
    assert root["inputs"] == {"x": text}
