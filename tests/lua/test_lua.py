"""Lambdas from outside: what they answer, what is told of their mistakes, and that one which never
ends holds up nobody else."""

import json
import pathlib
import threading
import unicodedata
import urllib.error
import urllib.request

import pytest
import servers

HOGS = sorted((pathlib.Path(__file__).parent / "hogs").glob("*.lua"))
PATIENCE = 60  # seconds; for what hangs


def ask(server, path, value=None):
    """Status and text."""
    body = None if value is None else json.dumps({"input": value}).encode()
    try:
        with urllib.request.urlopen(server.url + path, body, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def output(server, path, value):
    status, text = ask(server, path + "/invoke", value)
    assert status == 200, text
    return json.loads(text)["output"]


def events(server, path, value):
    """The data of a stream's events."""
    status, text = ask(server, path + "/stream", value)
    assert status == 200
    parts = [part.replace("\r", "") for part in text.replace("\r\n", "\n").split("\n\n")]
    return [json.loads(line[6:]) for part in parts if "event: data" in part
            for line in part.split("\n") if line.startswith("data: ")]


APP = """
lua: {path: lua, time: 2s}
models:
  echo: {provider: fake, echo: true}
  wait: {provider: fake, responses: [late], delay: 200ms}
chains:
  said: [{prompt: "Say {word}"}, echo, str]
routes:
  /expression: {chain: {lambda: "{n = input.n + 1}"}}
  /body:
    chain:
      lambda: |
        local total = 0
        for _, n in ipairs(input) do total = total + n end
        return {total = total, count = #input}
  /order: {chain: {lambda: "input.c = 0 return input"}}
  /file: {chain: {lambda: {file: lua/guard.lua, function: check}}}
  /module:
    chain:
      lambda: |
        local words = require "words"
        return words.count(input)
  /invoke: {chain: {lambda: "invoke('said', {word = input})"}}
  /wait: {chain: {lambda: "invoke('wait', input).content"}}
  /all: {chain: {lambda: "parallel{a = {'said', {word = 'x'}}, b = {'said', {word = 'y'}}}"}}
  /words: {chain: {generator: "for w in input:gmatch('%S+') do emit(w) end"}}
  /named: {chain: {lambda: "input", name: Same}}
  /fail: {chain: {lambda: "error('a secret')"}}
  /refuse: {chain: {lambda: "error{kind = 'validation_error', message = 'too long'}"}}
"""

GUARD = """
local patterns = {"ignore previous", "system prompt"}
limit = 20

function check(input)
  for _, words in ipairs(patterns) do
    if input:lower():find(words, 1, true) then
      return {safe = false, why = words}
    end
  end
  return {safe = #input <= limit, why = json.null}
end
"""

WORDS = """
local words = {}
function words.count(text)
  return select(2, text:gsub("%S+", ""))
end
return words
"""


@pytest.fixture
def app(serve, tmp_path):
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "guard.lua").write_text(GUARD)
    (tmp_path / "lua" / "words.lua").write_text(WORDS)
    (tmp_path / "app.yaml").write_text(APP)
    return serve(tmp_path / "app.yaml")


def test_lambdas_answer(app):
    assert output(app, "/expression", {"n": 1}) == {"n": 2}
    assert output(app, "/body", [1, 2, 3.5]) == {"count": 3, "total": 6.5}
    assert ask(app, "/order/invoke", {"z": 1, "a": None})[1].startswith(
        '{"output":{"z":1,"a":null,"c":0}')
    assert output(app, "/file", "Please IGNORE previous") == {"safe": False,
                                                             "why": "ignore previous"}
    assert output(app, "/file", "fine") == {"safe": True, "why": None}
    assert output(app, "/module", "a b  c") == 3
    assert output(app, "/invoke", "hello") == "Say hello"
    assert output(app, "/all", 1) == {"a": "Say x", "b": "Say y"}
    assert output(app, "/words", "a b") == "ab"
    assert events(app, "/words", "a b c") == ["a", "b", "c"]
    assert output(app, "/named", [1, None, {"x": []}]) == [1, None, {"x": []}]


def test_waiting_lambdas_do_not_wait_for_each_other(app):
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(output(app, "/wait", "x")))
               for _ in range(20)]
    for thread in threads:
        thread.start()
    assert output(app, "/expression", {"n": 1}) == {"n": 2}
    for thread in threads:
        thread.join(PATIENCE)
    assert ended == ["late"] * 20


def test_errors_tell_clients_nothing_but_what_they_may_know(app):
    status, text = ask(app, "/fail/invoke", 1)
    assert (status, "secret" in text) == (500, False)
    status, text = ask(app, "/refuse/invoke", 1)
    assert status == 422 and "too long" in text


def check(path):
    done = servers.check(path)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("lines, told", [
    (["  a: {lambda: \"input.x +\"}"], "2:15: error: Lua: unexpected symbol near <eof>"),
    (["  a:", "    lambda: |", "      local x = 1", "      return x y"],
     "5:16: error: Lua: <eof> expected near 'y'"),
    (["  a:", "    lambda: input.n #input.m"], "warning: YAML takes `#input.m` for a comment"),
    (["  a: {lambda: \"invoke('nobody', 1)\"}"], "2:15: error: unknown chain or model 'nobody'"),
    (["  a: {lambda: \"invoke('aa', 1)\"}", "  aaa: {lambda: \"1\"}"], "did you mean 'a"),
    (["  a: {lambda: 5}"], "expected Lua, or {file: FILE, function: NAME}, not a number"),
    (["  a: {lambda: {file: no.lua, function: f}}"], "cannot open"),
    (["  a: {lambda: {file: no.lua}}"], "function"),
    (["  a: {lambda: \"require 'util'\"}"], "there are no modules: name their folder"),
    (["  a: {lambda: \"\\e\"}"], "Lua: unexpected symbol"),
])
def test_mistakes_are_told_where_they_are(tmp_path, lines, told):
    path = tmp_path / "app.yaml"
    path.write_text("chains:\n" + "\n".join(lines) + "\nroutes: {/a: a}\n")
    status, text = check(path)
    assert told in text
    assert (status == 0) == ("error" not in text)


def test_modules_are_text_of_the_apps_folder(tmp_path):
    (tmp_path / "lua").mkdir()
    (tmp_path / "secret.lua").write_text("return 1")
    (tmp_path / "lua" / "binary.lua").write_bytes(b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n")
    (tmp_path / "lua" / "loop.lua").write_text("return require 'loop'")
    for name, told in [("../secret", "a module's name is"), ("binary", "binary"),
                       ("loop", "requires itself"), ("gone", "cannot open")]:
        (tmp_path / "app.yaml").write_text(
            f"lua: {{path: lua}}\nroutes: {{/a: {{chain: {{lambda: \"require('{name}')\"}}}}}}\n")
        status, text = check(tmp_path / "app.yaml")
        assert status != 0 and told in text, text


def test_an_unused_chain_is_not_told_when_a_lambda_uses_it(tmp_path):
    (tmp_path / "app.yaml").write_text(
        "chains: {a: {value: 1}, b: {value: 1}}\n"
        "routes: {/x: {chain: {lambda: \"invoke('a', 1)\"}}}\n")
    status, text = check(tmp_path / "app.yaml")
    assert status == 0 and "'b' is not used" in text and "'a'" not in text


# ---- text ----

def assigned():
    """All characters that this Python knows."""
    return [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]


CASES = """
lua: {time: 60s}
routes:
  /upper: {chain: {lambda: "local o = {} for i, t in ipairs(input) do o[i] = text.upper(t) end return o"}}
  /lower: {chain: {lambda: "local o = {} for i, t in ipairs(input) do o[i] = text.lower(t) end return o"}}
"""


def test_case_is_pythons(serve):
    server = serve(CASES)
    letters = assigned()
    for start in range(0, len(letters), 5000):
        part = letters[start:start + 5000]
        assert output(server, "/upper", part) == [c.upper() for c in part]
        for around in ("{}", "{}Σ", "a{}Σ", "aΣ{}", "aΣ{}a"):
            texts = [around.format(c) for c in part]
            assert output(server, "/lower", texts) == [t.lower() for t in texts]


# ---- the log ----

def test_log_lines_say_of_which_request_and_run(serve):
    server = serve("chains: {inner: {lambda: \"log{at = input} return 1\", name: Inner}}\n"
                   "routes: {/log: {chain: {lambda: \"log('warning', 'here') return "
                   "invoke('inner', input)\"}}}\n")
    request = urllib.request.Request(server.url + "/log/invoke", b'{"input": 5}',
                                     {"X-Request-ID": "the-request"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        run_id = json.load(answer)["metadata"]["run_id"]
    batch = urllib.request.Request(server.url + "/log/batch", b'{"inputs": [1, 2]}',
                                   {"X-Request-ID": "another"})
    with urllib.request.urlopen(batch, timeout=PATIENCE) as answer:
        run_ids = json.load(answer)["metadata"]["run_ids"]
    lines = [line for line in map(json.loads, server.log().splitlines())
             if line["event"] == "lambda"]
    assert [(line["message"], line["level"]) for line in lines[:2]] == [
        ("here", "warning"), ('{"at":5}', "info")]
    assert [line["step"] for line in lines[:2]] == ["RunnableLambda", "Inner"]
    told = [(line["request_id"], line["run_id"]) for line in lines]
    assert told[:2] == [("the-request", run_id)] * 2
    assert sorted(told[2:]) == sorted([("another", one) for one in run_ids] * 2)


# ---- chunks ----

def test_a_generator_of_chunks_is_told_from_others(serve, tmp_path):
    """By its words, or by its function's parameters; and `check` warns of the others alone."""
    (tmp_path / "g.lua").write_text(
        "function each() for c in chunks() do emit('<' .. c .. '>') end end\n"
        "function whole(input) for c in chunks() do emit('<' .. c .. '>') end end\n")
    (tmp_path / "app.yaml").write_text(
        "models: {abc: {provider: fake, responses: [abc]}}\n"
        "routes:\n"
        "  /text: {chain: [abc, str, {generator: \"for c in chunks() do emit('<' .. c .. '>') end\"}]}\n"
        "  /both: {chain: [abc, str, {generator: \"local i = input for c in chunks() do "
        "emit('<' .. c .. '>') end\"}]}\n"
        "  /each: {chain: [abc, str, {generator: {file: g.lua, function: each}}]}\n"
        "  /whole: {chain: [abc, str, {generator: {file: g.lua, function: whole}}]}\n")
    status, told = check(tmp_path / "app.yaml")
    assert status == 0, told
    server = serve(tmp_path / "app.yaml")
    for route, streams in [("/text", True), ("/both", False), ("/each", True), ("/whole", False)]:
        assert output(server, route, "x") == "<abc>"
        assert events(server, route, "x") == (["<a>", "<b>", "<c>"] if streams else ["<abc>"])
        assert (f"{route} does not stream" in told) != streams


# ---- hogs ----

def hog_app():
    """Each hog as a route, beside an innocent one, in a single worker."""
    routes = {f"/{hog.stem}": {"chain": {"lambda": hog.read_text()}} for hog in HOGS}
    routes["/innocent"] = {"chain": {"lambda": "input + 1"}}
    return json.dumps({"lua": {"time": "300ms"},
                       "models": {"nobody": {"provider": "fake", "responses": ["x"]}},
                       "routes": routes})


def test_hogs_hold_up_nobody(serve):
    server = serve(hog_app())
    assert len(HOGS) >= 80
    for start in range(0, len(HOGS), 8):
        ended = []
        threads = [threading.Thread(target=lambda h=hog: ended.append(
            ask(server, f"/{h.stem}/invoke", 1))) for hog in HOGS[start:start + 8]]
        for thread in threads:
            thread.start()
        assert ask(server, "/health")[0] == 200
        assert output(server, "/innocent", 41) == 42
        for thread in threads:
            thread.join(PATIENCE)
        assert len(ended) == len(threads)
        assert {status for status, _ in ended} <= {200, 500, 504}
    assert output(server, "/innocent", 1) == 2


def test_a_hog_ends_when_its_client_goes(serve):
    """With hours to run, it must not keep the server from stopping."""
    server = serve("server: {drain_timeout: 60s}\nlua: {time: 1h}\n"
                   "routes: {/loop: {chain: {lambda: \"while true do end\"}}, /one: {chain: "
                   "{lambda: \"1\"}}}\n")
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(server.url + "/loop/invoke", b'{"input": 1}', timeout=1)
    assert output(server, "/one", 1) == 1
