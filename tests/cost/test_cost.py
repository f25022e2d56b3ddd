"""What tokens cost: in messages, metadata, the log, metrics and traces."""

import json
import re
import sys
import time
from fractions import Fraction

import httpx
import pytest
import servers
from langserve import RemoteRunnable

sys.path.insert(0, str(servers.TESTS / "stub"))
sys.path.insert(0, str(servers.TESTS / "tracing"))

# pylint: disable=wrong-import-position
from anthropic_stub import AnthropicStub  # noqa: E402
from collector import Collector  # noqa: E402
from ollama_stub import OllamaStub  # noqa: E402
from openai_stub import OpenAIStub  # noqa: E402

USAGE = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300,
         "prompt_tokens_details": {"cached_tokens": 400}}
# 600 * 0.15 + 400 * 0.075 + 300 * 0.6, of a million each
COST = "0.0003"


@pytest.fixture
def stub():
    with OpenAIStub() as own:
        own.default(usage=USAGE, reply="Bonjour")
        yield own


def app(stub, price="price: {input: 0.15, output: 0.60, cached_input: 0.075}", more="", routes=""):
    base = f"base_url: '{stub.base_url}', api_key: k, stream_usage: true"
    return f"""
server: {{log_format: json}}
models:
  gpt: {{provider: openai, model: gpt-4o-mini, {base}{', ' + price if price else ''}}}
{more}
routes:
  /gpt: gpt
  /text: [gpt, str]
  /twice: {{chain: {{parallel: {{a: gpt, b: gpt}}}}}}
{routes}"""


def call(server, path, value="Hello", **more):
    answer = httpx.post(server.url + path, json={"input": value, **more}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer


def requests_of(server, count=1):
    """The lines of requests to routes, once there are so many."""
    for _ in range(200):
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        found = [line for line in lines if line["event"] == "request" and line["method"] == "POST"]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(server.log())


def metric(server, name, **labels):
    """The digits of a metric's value."""
    text = httpx.get(server.url + "/metrics").text
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    found = re.search(rf"^{name}{{{re.escape(wanted)}}} (\S+)$", text, re.M)
    return found and found.group(1)


def test_a_price_is_told_everywhere(serve, stub):
    server = serve(app(stub))
    answer = call(server, "/gpt/invoke").json()
    assert answer["output"]["response_metadata"]["cost"] == 0.0003
    assert answer["metadata"]["usage"] == {"input_tokens": 1000, "output_tokens": 300,
                                           "total_tokens": 1300, "cost": 0.0003}
    line, = requests_of(server)
    assert (line["input_tokens"], line["output_tokens"], line["cost"]) == (1000, 300, 0.0003)
    assert line["run_id"] == answer["metadata"]["run_id"] and line["route"] == "/gpt/invoke"
    assert f'"cost":{COST}' in server.log()
    assert metric(server, "langserved_cost_total", route="/gpt") == COST
    assert metric(server, "langserved_model_cost_total", model="gpt-4o-mini") == COST


def test_a_stream_tells_it_in_its_last_chunk(serve, stub):
    server = serve(app(stub))
    body = call(server, "/gpt/stream").text
    chunks = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {\"con")]
    told = [chunk["response_metadata"]["cost"] for chunk in chunks
            if "cost" in chunk["response_metadata"]]
    assert told == [0.0003] and chunks[-1]["chunk_position"] == "last"
    line, = requests_of(server)
    assert line["cost"] == 0.0003


TEXTS = """
  words: {{provider: openai-completion, model: writer, base_url: '{url}', api_key: k,
           stream_usage: {usage}{price}}}
"""
WORDS = "  /words: {chain: [{prompt: '{x}'}, words, str], callback_events: true}"


def llm_outputs(server):
    """What the end of the model of texts tells, of a whole answer and of a streamed one."""
    whole = call(server, "/words/invoke", {"x": "Hello"}).json()["callback_events"]
    streamed = [json.loads(line[6:]) for line in
                call(server, "/words/stream_events", {"x": "Hello"}).text.splitlines()
                if line.startswith("data: {")]
    ended, = [event["response"] for event in whole if event["type"] == "on_llm_end"]
    told, = [event["data"]["output"] for event in streamed if event["event"] == "on_llm_end"]
    assert ended["generations"][0][0]["text"] == told["generations"][0][0]["text"] == "Bonjour"
    return ended["llm_output"], told["llm_output"]


def test_a_text_tells_it_in_the_events_of_its_run(serve, stub):
    """As LangChain's `llm_output` does of what is whole; of streams where they have a usage."""
    price = ", price: {input: 0.15, output: 0.60, cached_input: 0.075}"
    server = serve(app(stub, more=TEXTS.format(url=stub.base_url, usage="true", price=price),
                       routes=WORDS))
    counts = {name: USAGE[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    wanted = {"token_usage": counts, "model_name": "writer", "cost": 0.0003}
    for told in llm_outputs(server):
        told.pop("system_fingerprint", None)
        assert told == wanted
    plain = serve(app(stub, more=TEXTS.format(url=stub.base_url, usage="false", price=""),
                      routes=WORDS))
    whole, streamed = llm_outputs(plain)
    assert whole["token_usage"] == counts and "cost" not in whole and streamed is None


def test_batches_and_several_models_are_summed(serve, stub):
    server = serve(app(stub))
    answer = httpx.post(server.url + "/twice/batch", json={"inputs": ["a", "b", "c"]}).json()
    each = [response["usage"]["cost"] for response in answer["metadata"]["responses"]]
    assert each == [0.0006] * 3
    line, = requests_of(server)
    assert (line["runs"], line["cost"], line["input_tokens"]) == (3, 0.0018, 6000)
    assert metric(server, "langserved_cost_total", route="/twice") == "0.0018"


def test_without_a_price_nothing_is_told(serve, stub):
    server = serve(app(stub, price=None))
    answer = call(server, "/gpt/invoke").json()
    assert "cost" not in answer["output"]["response_metadata"]
    assert list(answer["metadata"]) == ["run_id", "feedback_tokens"]
    line, = requests_of(server)
    assert line["input_tokens"] == 1000 and "cost" not in line
    assert metric(server, "langserved_cost_total", route="/gpt") == "0"


@pytest.mark.parametrize("prices, answers, cost", [
    ("gpt-4o-mini-*: {input: 1, output: 1}", "gpt-4o-mini-2024-07-18", "0.0013"),
    ("gpt-4o-mini: {input: 2, output: 2}", "gpt-4o-mini-2024-07-18", "0.0026"),
    ("other: {input: 9, output: 9}, '*': {input: 0, output: 10}", "x", "0.003"),
    ("other: {input: 9, output: 9}", "gpt-4o-mini", None),
])
@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_prices_by_the_names_that_answers_give(serve, stub, prices, answers, cost, how):
    stub.default(usage=USAGE, answer_model=answers)
    server = serve(app(stub, price=None, more=f"prices: {{{prices}}}"))
    call(server, f"/text/{how}")
    line, = requests_of(server)
    assert line.get("cost") == (cost and float(cost))
    assert metric(server, "langserved_cost_total", route="/text") == (cost or "0")


def test_other_providers_have_prices_too(serve):
    with AnthropicStub() as claude, OllamaStub() as llama:
        claude.default(usage={"input_tokens": 100, "cache_read_input_tokens": 50,
                              "cache_creation_input_tokens": 20, "output_tokens": 10})
        llama.default(usage={"prompt_eval_count": 1000, "eval_count": 100})
        server = serve(f"""
models:
  claude:
    {{provider: anthropic, model: claude-sonnet-4-5, api_key: k, base_url: '{claude.url}',
     price: {{input: 3, output: 15, cached_input: 0.30, cache_write: 3.75}}}}
  llama: {{provider: ollama, model: llama3.2, base_url: '{llama.url}', price: {{input: 1, output: 2}}}}
routes: {{/claude: claude, /llama: llama}}
""")
        # 100 fresh ones, 50 read, 20 written, 10 out
        for model, cost in (("claude", 0.00054), ("llama", 0.0012)):
            assert call(server, f"/{model}/invoke").json()["metadata"]["usage"]["cost"] == cost
            chunks = re.findall(r'"cost":\s*([0-9.e-]+)', call(server, f"/{model}/stream").text)
            assert [float(chunk) for chunk in chunks] == [cost]


def test_a_model_of_texts(serve, stub):
    server = serve(f"""
models:
  texts: {{provider: openai-completion, base_url: '{stub.base_url}', api_key: k,
          price: {{input: 1, output: 2}}}}
routes: {{/texts: texts}}
""")
    assert call(server, "/texts/invoke").json()["metadata"]["usage"]["cost"] == 0.0016


def test_sums_do_not_drift(serve, stub):
    """A thousand times a price that no double can hold."""
    stub.default(usage={"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8})
    server = serve(app(stub, price="price: {input: 0.018751, output: 0.1}"), "--workers", "2")
    for _ in range(10):
        httpx.post(server.url + "/text/batch", json={"inputs": ["x"] * 100}, timeout=60)
    each = 7 * Fraction("0.018751") + Fraction("0.1")
    assert Fraction(metric(server, "langserved_cost_total", route="/text")) == each / 1000


def test_what_a_cache_has_costs_nothing(serve, stub, tmp_path):
    server = serve(app(stub, more=f"store: {{path: {tmp_path}/store.db}}",
                       routes="  /kept: {chain: gpt, cache: {ttl: 1h}, input: {}}"))
    first = call(server, "/kept/invoke").json()
    again = call(server, "/kept/invoke").json()
    streamed = call(server, "/kept/stream").text
    assert first["metadata"]["usage"]["cost"] == 0.0003
    assert first["output"]["response_metadata"]["cost"] == 0.0003
    assert again["output"]["response_metadata"]["cost"] == 0 and "usage" not in again["metadata"]
    assert re.findall(r'"cost": ?([0-9.e-]+)', streamed) == ["0.0"]
    assert metric(server, "langserved_cost_total", route="/kept") == COST
    lines = requests_of(server, 3)
    assert [(line["cache"], line.get("cost")) for line in lines] == \
        [("miss", 0.0003), ("hit", None), ("hit", None)]


def test_who_joins_a_run_that_is_under_way_pays_nothing(serve, stub, tmp_path):
    stub.default(usage=USAGE, delay_ms=300)
    server = serve(app(stub, more=f"store: {{path: {tmp_path}/store.db}}",
                       routes="  /kept: {chain: gpt, cache: {ttl: 1h}, input: {}}"))
    with httpx.stream("POST", server.url + "/kept/stream", json={"input": "x"}, timeout=30) as one, \
            httpx.stream("POST", server.url + "/kept/stream", json={"input": "x"}, timeout=30) as two:
        texts = ["".join(answer.iter_text()) for answer in (one, two)]
    told = sorted(re.findall(r'"cost": ?([0-9.e-]+)', text)[0] for text in texts)
    assert told == ["0.0", "0.0003"]
    assert len(stub.requests()) == 1
    assert metric(server, "langserved_cost_total", route="/kept") == COST


def test_the_last_count_of_a_stream_counts(serve, stub):
    """Some servers tell what was used so far in every event."""
    server = serve(app(stub, price="price: {input: 1, output: 1}"))
    events = [{"choices": [{"index": 0, "delta": {"content": "x"}}],
               "usage": {"prompt_tokens": 10, "completion_tokens": n, "total_tokens": 10 + n}}
              for n in (1, 2, 3)]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    stub.script({"fault": "status", "status": 200, "text": body,
                 "headers": {"Content-Type": "text/event-stream"}})
    call(server, "/text/stream")
    line, = requests_of(server)
    assert (line["input_tokens"], line["output_tokens"], line["cost"]) == (10, 3, 0.000013)


def test_clients_of_langserve_see_messages_as_ever(serve, stub):
    """LangChain adds the chunks up, and keeps what they say."""
    server = serve(app(stub))
    remote = RemoteRunnable(server.url + "/gpt")
    message = remote.invoke("Hello")
    assert message.usage_metadata["input_tokens"] == 1000
    assert message.response_metadata["cost"] == 0.0003
    whole = None
    for chunk in remote.stream("Hello"):
        whole = chunk if whole is None else whole + chunk
    assert whole.content == "Bonjour" and whole.response_metadata["cost"] == 0.0003
    assert [m.response_metadata["cost"] for m in remote.batch(["a", "b"])] == [0.0003] * 2


def test_traces_have_it(serve, stub):
    collector, spans = Collector(), Collector()
    try:
        server = serve(app(stub), env={
            "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "k",
            "LANGSMITH_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_ENDPOINT": spans.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100"})
        call(server, "/gpt/invoke")
        runs = collector.wait_for(lambda c: [r for r in c.runs() if r["run_type"] == "llm"])
        usage = runs[0]["extra"]["metadata"]["usage_metadata"]
        assert (usage["input_tokens"], usage["total_cost"]) == (1000, 0.0003)
        found = spans.wait_for(lambda c: [s for s in c.spans() if s["name"].startswith("chat ")])
        assert {"key": "gen_ai.usage.cost", "value": {"doubleValue": 0.0003}} in \
            found[0]["attributes"]
    finally:
        collector.close()
        spans.close()


@pytest.mark.parametrize("price, message", [
    ("{input: 1}", "output"),
    ("{input: -1, output: 1}", "input"),
    ("{input: 0.1234567, output: 1}", "input: at most six digits"),
    ("{inputs: 1, output: 1}", "did you mean 'input'"),
    ("7", "price: expected a mapping"),
])
@pytest.mark.parametrize("where", ["model", "prices"])
def test_mistakes_are_told(tmp_path, price, message, where):
    import subprocess
    own = f", price: {price}" if where == "model" else ""
    text = (f"models:\n  m: {{provider: openai, api_key: k, model: x{own}}}\nroutes: {{/m: m}}\n" +
            (f"prices: {{x: {price}}}\n" if where == "prices" else ""))
    (tmp_path / "app.yaml").write_text(text)
    done = subprocess.run([servers.langserved_binary(), "check", tmp_path / "app.yaml"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and message in done.stderr + done.stdout
