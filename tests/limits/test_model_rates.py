"""Rates of models: runs that begin and tokens they take, over all workers; further ones wait."""

import json
import subprocess
import threading

import pytest
import servers
from limit_talk import ask

OVERLOADED = {"detail": "The server is overloaded"}
APP = """
server: {index: true, workers: %(workers)s}
models:
  m: {provider: fake, echo: true, %(model)s}
routes:
  /m: m
  /named: [{prompt: "{x}"}, m, str]
  /chosen:
    chain: {model: m, configurable: {fields: {delay: {id: delay}}}}
"""


def app(model, workers=1):
    return APP % {"model": model, "workers": workers}


def invoke(server, path="/m", value="x"):
    return ask(server, f"{path}/invoke", {"input": value})


def test_more_runs_than_the_rate_allows_are_refused_without_a_queue(serve):
    server = serve(app("rate: 3/day, queue: 0"))
    for path, value in (("/m", "x"), ("/named", {"x": "x"}), ("/chosen", "x")):
        assert invoke(server, path, value).status == 200
    for path, value in (("/m", "x"), ("/named", {"x": "x"}), ("/chosen", "x")):
        refused = invoke(server, path, value)
        assert (refused.status, refused.json) == (503, OVERLOADED)
        assert refused.headers["retry-after"] == "1"


def test_with_another_setting_it_is_the_same_model(serve):
    server = serve(app("rate: 2/day, queue: 0"))
    config = {"configurable": {"delay": "1ms"}}
    assert invoke(server).status == 200
    assert ask(server, "/chosen/invoke", {"input": "x", "config": config}).status == 200
    assert ask(server, "/chosen/invoke", {"input": "x", "config": config}).status == 503
    assert invoke(server).status == 503


@pytest.mark.parametrize("first, second", [
    ("rate: &it 2/day", "rate: *it"), ("tokens: &it 2/day", "tokens: *it"),
    ("max_concurrent: &it 1, rate: 2/day", "max_concurrent: *it, rate: 2/day")])
def test_models_that_share_an_alias_share_no_limit(serve, first, second):
    models = f"{first}, queue: 0}}\n  n: {{provider: fake, echo: true, {second}, queue: 0"
    server = serve(app(models) + "  /n: n\n")
    answers = [invoke(server, "/m", "").status for _ in range(3)]
    assert answers[0] == 200 and answers[-1] == 503
    assert [invoke(server, "/n", "").status for _ in range(3)] == answers


def test_runs_wait_for_their_turn(serve):
    """The whole batch is answered; that it could not begin at once, the queue of another shows."""
    server = serve(app("rate: 10/second, queue: 100, queue_timeout: 1h"))
    answer = ask(server, "/m/batch", {"inputs": list("abcdefghijklmnop")})
    assert [said["content"] for said in answer.json["output"]] == list("abcdefghijklmnop")


def test_who_waits_too_long_is_refused(serve):
    server = serve(app("rate: 1/day, queue: 5, queue_timeout: 50ms"))
    assert invoke(server).status == 200
    late = invoke(server)
    assert (late.status, late.json) == (503, OVERLOADED)


def test_a_timeout_of_a_step_holds_while_it_waits(serve):
    text = app("rate: 1/day, queue: 5, queue_timeout: 1h") + \
        "  /hasty: {chain: {model: m, timeout: 50ms}}\n"
    server = serve(text)
    assert invoke(server).status == 200
    assert invoke(server, "/hasty").status == 504


def test_workers_share_a_rate(serve):
    server = serve(app("rate: 20/day, queue: 0", workers=2))
    statuses = []

    def go_on():
        statuses.extend(invoke(server).status for _ in range(20))

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 20 + [503] * 60


def test_tokens_are_guessed_from_the_texts(serve):
    """Some 2500 of the question, and as many of the answer."""
    server = serve(app("tokens: 6000/day, queue: 0"))
    assert invoke(server, value="x" * 10000).status == 200
    assert invoke(server, value="x" * 10000).status == 503
    assert invoke(server, value="x").status == 200


def test_a_run_of_more_tokens_than_a_period_has_is_let_through(serve):
    server = serve(app("tokens: 100/day, queue: 0"))
    assert invoke(server, value="x" * 10000).status == 200
    assert invoke(server).status == 503


@pytest.mark.parametrize("options, told", [
    ("rate: 10/week", "rate: expected a rate such as 60/minute"),
    ("rate: 0/minute", "rate: expected a rate such as 60/minute"),
    ("tokens: many", "tokens: expected a rate such as 60/minute"),
    ("tokens: 1/1000d", "tokens: expected a rate such as 60/minute"),
    ("queue: 3", "queue: only beside `max_concurrent`, `rate` or `tokens`"),
])
def test_mistakes_are_told(tmp_path, options, told):
    file = tmp_path / "app.yaml"
    file.write_text(app(options))
    done = servers.check(file)
    assert done.returncode == 2 and told in done.stdout + done.stderr


def test_the_schema_for_editors_knows_them():
    text = subprocess.run([servers.langserved_binary(), "config-schema"], capture_output=True,
                          text=True, check=True, timeout=60).stdout
    assert all({"rate", "tokens", "queue"} <= set(form["properties"])
               for form in json.loads(text)["$defs"]["model"]["anyOf"])
