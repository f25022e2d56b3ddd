"""Streams through one worker, beside LiteLLM's proxy in front of the same stub: how many chunks a
second, and how much later the first one comes than from the stub itself."""

import http.client
import json
import os
import pathlib
import statistics
import time

import servers
import upstream

LITELLM = servers.REPO / ".cache" / "bench-venv" / "bin" / "litellm"
WANTED = "LiteLLM is not installed (`make bench-venv`): its rows are left out"
STREAMS, CHUNKS = 20, 2000  # as fast as the stub can
FAST = f"gpt+chunks={CHUNKS}"
FIRST = "gpt+chunks=1"
ROUNDS = 200
BODY = {"messages": [{"role": "user", "content": "Translate to French:\n\nHow are you?"}],
        "stream": True}

CONFIG = """
model_list:
  - model_name: "{model}"
    litellm_params: {{model: "openai/{model}", api_base: "http://127.0.0.1:{port}/v1", api_key: none}}
litellm_settings: {{telemetry: false}}
"""


def is_there():
    return LITELLM.exists()


def litellm(tools, stub, model):
    """The proxy, with one worker and without a database, keys or log."""
    port = servers.free_port()
    config = tools.folder / "litellm.yaml"
    config.write_text(CONFIG.format(model=model, port=stub.port))
    command = [LITELLM, "--config", config, "--host", "127.0.0.1", "--port", port,
               "--num_workers", 1]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR",
           "DISABLE_ADMIN_UI": "True", "REPEATED_STREAMING_CHUNK_LIMIT": "1000000",
           "PATH": f"{LITELLM.parent}:{os.environ['PATH']}"}
    return servers.Server("litellm", command, port, "/health/liveliness", tools.folder, env)


def figures(folder, binary):
    """{"chunks": {server: chunks per second}, "first": {server: ms}}, "direct" being the stub."""
    tools = upstream.Tools(folder)
    made = {"chunks": {}, "first": {}}
    for key, model, measure in (("chunks", FAST, chunks_per_second), ("first", FIRST, first_ms)):
        body = {**BODY, "model": model}
        with upstream.behind(tools, binary, model, workers=1) as (server, stub):
            made[key]["langserved"] = measure(tools, server, "/translate/stream",
                                              {"input": servers.INPUT})
            made[key]["direct"] = measure(tools, stub, "/v1/chat/completions", body)
        if is_there():
            with tools.start_stub() as stub, litellm(tools, stub, model) as server:
                made[key]["litellm"] = measure(tools, server, "/v1/chat/completions", body)
    return made


def chunks_per_second(tools, server, path, body):
    """Of STREAMS streams at once, once that has been done to warm up."""
    for _ in range(2):
        began = time.monotonic()
        with tools.streams(server.port, STREAMS, path, body) as process:
            result = json.loads(process.stdout.readline())
        took = time.monotonic() - began
        if result["failed"] or result["ended"] != STREAMS or result["chunks"] < STREAMS * CHUNKS:
            raise RuntimeError(f"{server.name}: {result}")
    return result["chunks"] / took


def first_ms(_, server, path, body):
    """Median of the time from sending a request to the first chunk of its answer, one at a time."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    text = json.dumps(body)
    times = [one_first(connection, path, text) for _ in range(ROUNDS)]
    connection.close()
    return statistics.median(times[ROUNDS // 10:]) * 1e3


def one_first(connection, path, text):
    began = time.perf_counter()
    connection.request("POST", path, text, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    while line := answer.readline():
        if line.startswith((b"event: data", b"data: {")):
            break
    took = time.perf_counter() - began
    if answer.status != 200 or not line or not answer.read():
        raise RuntimeError(f"{path}: {answer.status}")
    return took
