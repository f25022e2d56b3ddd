"""Metrics of an app's own: `metrics:`, `measure`, and Lua."""

import pytest
import servers
from test_metrics import post, scrape, total, value

# The chapter's example: a counter by languages, and how long the translation takes.
TRANSLATOR = """
metrics:
  translation_requests_total:
    type: counter
    help: Total translation requests
    labels: [source_lang, target_lang]
  translation_duration_seconds:
    type: histogram
    help: Translation duration
    buckets: [0.1, 0.5, 1, 2, 5, 10]
models: {m: {provider: fake, responses: [Bonjour], delay: 30ms, chunk: word}}
chains:
  translate:
    chain: [{prompt: '{source_lang} to {target_lang}'}, m, str]
    measure:
      counter: translation_requests_total
      labels: {source_lang: "{source_lang}", target_lang: "{target_lang}"}
      duration: translation_duration_seconds
routes: {/translate: translate}
"""


def test_the_translator_of_the_chapter(serve):
    server = serve(TRANSLATOR, "--workers", "2")
    for source, target, times in (("zh", "en", 5), ("en", "fr", 2)):
        for i in range(times):
            path = "/translate/stream" if i % 2 else "/translate/invoke"
            post(server, path, {"source_lang": source, "target_lang": target})
    post(server, "/translate/invoke", {"source_lang": 'a"b\\c\nd', "target_lang": "中"})
    found = scrape(server)
    name = "translation_requests_total"
    assert value(found, name, source_lang="zh", target_lang="en") == 5
    assert value(found, name, source_lang="en", target_lang="fr") == 2
    assert value(found, name, source_lang='a\\"b\\\\c\\nd', target_lang="中") == 1
    duration = "translation_duration_seconds"
    assert value(found, f"{duration}_count") == 8
    assert value(found, f"{duration}_sum") >= 8 * 0.029
    assert {dict(labels)["le"] for other, labels in found if other == f"{duration}_bucket"} == {
        "0.1", "0.5", "1.0", "2.0", "5.0", "10.0", "+Inf"}


def test_values_of_clients_are_bounded(serve):
    server = serve(TRANSLATOR.replace("delay: 30ms, ", ""), "--workers", "2")
    for i in range(250):
        post(server, "/translate/invoke", {"source_lang": f"x{i}", "target_lang": "en"})
    found = scrape(server)
    series = [labels for name, labels in found if name == "translation_requests_total"]
    assert len(series) == 201
    assert value(found, "translation_requests_total", source_lang="other", target_lang="other") == 50
    assert total(found, "translation_requests_total") == 250
    assert value(found, "langserved_metric_series_refused_total") == 50
    assert 1 <= server.log().count("metric_full") <= 1


def test_what_fails_is_timed_and_what_is_missing_is_unknown(serve):
    server = serve("""
metrics:
  tries_total: {type: counter, labels: [who, where]}
  try_seconds: {type: histogram}
routes:
  /fails:
    chain:
      lambda: error("no")
      measure: {counter: tries_total, duration: try_seconds, labels: {who: "{who}", where: here}}
""")
    assert post(server, "/fails/invoke", {"who": 7}).status_code == 500
    assert post(server, "/fails/invoke", "text").status_code == 500
    found = scrape(server)
    for who in ("7", "unknown"):  # a text without variables can always be made
        assert value(found, "tries_total", who=who, where="here") == 1
    assert value(found, "try_seconds_count") == 2


LUA = """
metrics:
  words_total: {type: counter, labels: [kind]}
  depth: {type: gauge}
  weight_bytes: {type: histogram, labels: [kind], buckets: [1, 10, 100]}
routes:
  /count:
    chain:
      lambda: |
        metrics.inc("words_total", {kind = input.kind})
        metrics.inc("words_total", {kind = input.kind}, 2.5)
        metrics.inc("depth", 3)
        metrics.inc("depth", -1)
        metrics.observe("weight_bytes", {kind = 5}, 7)
        return true
  /set: {chain: {lambda: 'metrics.set("depth", 42)'}}
  /any: {chain: {lambda: 'local f = metrics[input.f] return f(input.name, input.labels, input.n)'}}
"""


def test_lua_counts(serve):
    server = serve(LUA)
    assert post(server, "/count/invoke", {"kind": "a"}).json()["output"] is True
    found = scrape(server)
    assert value(found, "words_total", kind="a") == 3.5
    assert value(found, "depth") == 2
    assert value(found, "weight_bytes_bucket", kind="5", le="10.0") == 1
    assert value(found, "weight_bytes_bucket", kind="5", le="1.0") == 0
    post(server, "/set/invoke")


@pytest.mark.parametrize("call, told", [
    ({"f": "inc", "name": "nobody_total"}, "no metric 'nobody_total'"),
    ({"f": "inc", "name": "http_requests_total"}, "no metric 'http_requests_total'"),
    ({"f": "set", "name": "words_total", "labels": {"kind": "a"}, "n": 1}, "is a counter"),
    ({"f": "observe", "name": "depth", "n": 1}, "is a gauge"),
    ({"f": "inc", "name": "words_total", "labels": {"kind": "a"}, "n": -1}, "does not go down"),
    ({"f": "inc", "name": "words_total"}, "the label 'kind'"),
    ({"f": "inc", "name": "words_total", "labels": {"kind": {}}}, "the label 'kind'"),
    ({"f": "inc", "name": "words_total", "labels": {"kind": "a", "x": "b"}}, "has other labels"),
    ({"f": "observe", "name": "weight_bytes", "labels": {"kind": "a"}}, "number expected"),
])
def test_lua_is_told_what_is_wrong(serve, call, told):
    server = serve(LUA)
    assert post(server, "/any/invoke", call).status_code == 500
    assert told in server.log()
    assert value(scrape(server), "words_total", kind="a") in (None, 0)


GOOD = """
metrics:
  a_total: {type: counter, labels: [who]}
  b_seconds: {type: histogram}
routes: {/x: {chain: {chain: passthrough, measure: %s}}}
"""
METRIC = "metrics: {%s}\nroutes: {/x: passthrough}\n"


@pytest.mark.parametrize("text, told", [
    (GOOD % "{counter: a_totl, labels: {who: x}}", "unknown metric 'a_totl', did you mean 'a_total'?"),
    (GOOD % "{counter: a_total}", "'who' of a_total is missing"),
    (GOOD % "{counter: a_total, labels: {who: x, whoo: y}}", "unknown label 'whoo', did you mean 'who'?"),
    (GOOD % "{duration: b_seconds, labels: {who: x}}", "neither metric has any"),
    (GOOD % "{counter: a_total, labels: {who: '{'}}", "labels: 'who'"),
    (GOOD % "{counter: b_seconds}", "b_seconds is no counter"),
    (GOOD % "{duration: a_total, labels: {who: x}}", "a_total is no histogram"),
    (GOOD % "{}", "expected `counter`, `duration` or both"),
    (GOOD % "7", "measure: expected a mapping"),
    (METRIC % "a: {type: counter}", "a counter's name ends in _total"),
    (METRIC % "a_total: {type: gauge}", "only a counter's name ends in _total"),
    (METRIC % "a-b: {type: gauge}", "expected letters, digits and _"),
    (METRIC % "http_x: {type: gauge}", "the server's own"),
    (METRIC % "a_sum: {type: gauge}", "parts of histograms"),
    (METRIC % "a: {type: gauge, labels: [le]}", "labels: 'le'"),
    (METRIC % "a: {type: gauge, labels: [b, b]}", "stands there twice"),
    (METRIC % "a: {type: gauge, labels: [a, b, c, d, e, f, g, h, i]}", "at most 8"),
    (METRIC % "a: {type: gauge, buckets: [1]}", "only a histogram"),
    (METRIC % "a: {type: histogram, buckets: [1, 1]}", "ascending numbers"),
    (METRIC % "a: {type: histogram, buckets: 5}", "ascending numbers"),
    (METRIC % "a: {type: histogramm}", "histogram"),
    (METRIC % "a: {help: x}", "type"),
    (METRIC % "a: counter", "expected a mapping"),
    ("metrics: {a_total: {type: counter}}\nroutes: {/x: {chain: {lambda: 'metrics.inc(\"b_total\")'}}}\n",
     "unknown metric 'b_total'"),
    ("routes: {/x: {chain: {lambda: 'metrics.inc(\"b_total\")'}}}\n", "there is none in `metrics:`"),
])
def test_mistakes_are_found_when_the_file_is_checked(tmp_path, text, told):
    (tmp_path / "app.yaml").write_text(text)
    done = servers.check(tmp_path / "app.yaml")
    assert done.returncode == 2
    assert told in done.stderr + done.stdout
    assert "app.yaml:" in done.stderr + done.stdout
