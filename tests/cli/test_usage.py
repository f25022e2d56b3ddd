"""Help, exit statuses, wrong options, wrong files."""

import json
import signal
import subprocess
import time

import pytest
import servers

REPO = servers.REPO
COMMANDS = ["serve", "check", "config-schema", "invoke", "stream", "batch", "keys"]
MISTAKES = """\
app: {titel: x}
models:
  gpt: {provider: opnai}
  hot: {provider: fake, responses: [x], delay: soon}
chains:
  one: [{promt: "x"}, gtp, str]
  two: {prompt: "{a", timeout: -1s}
  loop: [loop]
routes:
  /a: two
  b: [{promtp: "x"}]
  /c: {chain: one, endpoint: [invoke]}
  /d:
    chain: {zzzzzz: 1}
    as: rest
    endpoints: [invoke]
    config_keys: [tags, tag]
  /e: {chain: two, method: GET, endpoints: [invoke, invok]}
sever: {port: 1}
"""
TOLD = [
    ":1:7: error: unknown app option 'titel', did you mean 'title'?",
    ":3:19: error: unknown provider 'opnai', did you mean 'openai'?",
    ":4:48: error: ",
    ":6:10: error: unknown kind 'promt', did you mean 'prompt'?",
    ":6:23: error: unknown chain or model 'gtp', did you mean 'gpt'?",
    ":7:17: error: in the template: ",
    ":7:32: error: ",
    ":8:10: error: the chain 'loop' contains itself",
    ":11:3: error: 'b': a path begins with '/'",
    ":11:8: error: unknown kind 'promtp', did you mean 'prompt'?",
    ":12:20: error: unknown route option 'endpoint', did you mean 'endpoints'?",
    ":14:12: error: a mapping without a kind",
    ":16:16: error: endpoints: a route with `as: rest` has one endpoint only",
    ":17:25: error: config_keys: \"tag\" is not one of the choices; did you mean tags?",
    ":18:28: error: method: only a route with `as: rest` has one",
    ":18:53: error: endpoints: \"invok\" is not one of the choices; did you mean invoke?",
    ":19:1: error: unknown top-level option 'sever', did you mean 'server'?",
]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help_lists_the_commands(run, words):
    done = run(*words)
    assert done.returncode == 0 and all(f"  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(run, command):
    done = run(command, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: langserved {command} ")
    assert run("help", command).stdout == done.stdout


def test_version(run):
    assert run("--version").stdout.startswith("langserved ")


@pytest.mark.parametrize("words, told", [
    ([], "usage:"),
    (["help", "serv"], "there is no command 'serv', did you mean 'serve'?"),
    (["serv"], "did you mean 'serve'"),
    (["frobnicate"], "there is no command 'frobnicate'"),
    (["serve"], "which file?"),
    (["serve", "x", "--prot", "1"], "there is no option --prot, did you mean --port?"),
    (["serve", "x", "--wrokers=1"], "there is no option --wrokers, did you mean --workers?"),
    (["check", "--hepl"], "there is no option --hepl, did you mean --help?"),
    (["batch", "x", "--frobnicate"], "there is no option --frobnicate\n"),
    (["check", "--", "--port"], "--port: error: cannot be opened"),
    (["check", "--", "-h", "--"], "--: error: cannot be opened"),
    (["serve", "x", "--port"], "--port needs a value"),
    (["serve", "x", "--port", "99999"], "--port takes a number from 0 to 65535"),
    (["serve", "x", "y"], "one word too many"),
    (["serve", "nowhere.yaml"], "nowhere.yaml: error: cannot be opened"),
    (["check", "nowhere.yaml"], "nowhere.yaml: error: cannot be opened"),
    (["invoke"], "which target?"),
    (["invoke", "nowhere.yaml", "x", "1"], "cannot be opened"),
    (["batch", "http://127.0.0.1:9/x", "nowhere.jsonl"], "cannot read nowhere.jsonl"),
])
def test_wrong_use_ends_with_2(run, words, told):
    done = run(*words)
    assert done.returncode == 2 and told in done.stderr and done.stdout == ""


def test_input_that_is_no_json(run, app):
    done = run("invoke", app, "say", "hello")
    assert done.returncode == 2 and "write text in quotes" in done.stderr


def test_a_chain_that_is_not_there(run, app):
    done = run("invoke", app, "sya", "1")
    assert done.returncode == 2 and "has no chain or model 'sya'" in done.stderr
    assert "say" in done.stderr.split("it has:")[1]


def test_check_tells_every_mistake(run, tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(MISTAKES)
    for command in ("check", "serve"):
        done = run(command, file)
        assert done.returncode == 2
        for told in TOLD:
            assert f"{file}{told}" in done.stderr, (told, done.stderr)


@pytest.mark.parametrize("options, told", [
    ('template: "{response"', "in the template: expected '}'"),
    ('template: "{modle} {response}"', "in the template: missing variables {'modle'}"),
    ('template: "{temperature:d}", temperature: 0.5', "in the template: {temperature}: "),
    ('template: "{response}", echo: true', "`template` words `responses`"),
])
def test_check_tells_the_mistakes_of_a_fakes_template(run, options, told):
    model = f"{{provider: fake, responses: [x], {options}}}"
    done = run("check", "-", stdin=f"models:\n  m: {model}\nroutes: {{/x: m}}\n")
    assert done.returncode == 2 and told in done.stderr and ":2:" in done.stderr


def test_check_is_content_with_a_good_file(run, app):
    done = run("check", app, REPO / "examples/translate/app.yaml")
    assert done.returncode == 0 and done.stdout.count(": well\n") == 2 and done.stderr == ""


def test_check_reads_standard_input(run):
    done = run("check", "-", stdin="routes: {/a: passthrough}")
    assert done.returncode == 0, done.stderr
    done = run("check", "-", stdin="routes: {/a: nobody}")
    assert done.returncode == 2 and ":1:14: error:" in done.stderr


def test_check_tells_every_fault_of_a_schema_where_it_is(run, tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text("""\
routes:
  /a:
    chain: passthrough
    input: {type: object, propertis: {}, required: a}
    output: {type: 3}
  /b: [{chain: passthrough, input: {properties: {x: {type: strng}}}}, str]
""")
    done = run("check", file)
    assert done.returncode == 2
    assert done.stderr.replace(f"{file}:", "") == """\
4:27: error: input: unknown keyword 'propertis', did you mean 'properties'?
4:42: error: input: required is a list of names
5:14: error: output: type is neither a name nor a list of names
6:54: error: input: 'strng' is no type, did you mean 'string'?
"""


def warnings(run, tmp_path, text, env=None):
    file = tmp_path / "app.yaml"
    file.write_text(text)
    done = run("check", file, env=env)
    assert done.returncode == 0, done.stderr
    return done.stderr.replace(f"{file}:", "")


def test_check_names_every_step_that_keeps_a_chain_from_streaming(run, tmp_path):
    told = warnings(run, tmp_path, """\
models: {echo: {provider: fake, echo: true}}
chains:
  late: [echo, str, {prompt: "{x}", name: Late}, echo]
routes:
  /a: [echo, str, {prompt: "{x}", timeout: 1s}]
  /b:
    - parallel:
        one: [echo, {value: 1}]
        two: [echo, {chain: [str, {template: "{x}"}]}]
        three: [echo, str]
  /c: [echo, str]
  /late: late
""")
    assert told == """\
5:20: warning: /a does not stream token by token: the step 'prompt' needs its whole input first
8:22: warning: /b does not stream token by token: the step 'value' needs its whole input first
9:36: warning: /b does not stream token by token: the step 'template' needs its whole input first
"""


def test_check_names_what_is_not_used(run, tmp_path):
    text = """\
models: {echo: {provider: fake, echo: true}, other: {provider: fake, echo: true}}
chains: {unused: echo}
routes: {/a: %s}
"""
    chain = "2:10: warning: the chain 'unused' is not used\n"
    model = "1:46: warning: the model 'other' is not used\n"
    assert warnings(run, tmp_path, text % "echo") == model + chain
    assert warnings(run, tmp_path, text % '[{model: "${LS_TEST_MODEL:-echo}"}]') == chain
    assert warnings(run, tmp_path, "routes: {}") == " warning: no routes: nothing is served\n"


def test_the_environment_is_never_told(run, tmp_path):
    """Wherever a value may stand that messages repeat."""
    file = tmp_path / "app.yaml"
    file.write_text("""\
server: {workers: "${SECR}", errors: "${SECR}", port: "${SECR}", host: "${SECR}"}
models: {echo: {provider: fake, echo: "${SECR}", chunk: "${SECR}"}}
routes:
  /a: {chain: echo, config_keys: ["${SECR}"], endpoints: [invoke, "${SECR}"], as: "${SECR}"}
  /b: {chain: {model: "${SECR}", name: "${SECR}"}}
  /c: {chain: [{model: {provider: fake, echo: true}}, {prompt: "x", name: "${SECR}"}]}
""")
    for secret in ("topsecret", "top secret", "ech", "invok"):
        done = run("check", file, env={"SECR": secret})
        assert done.returncode == 2 and secret not in done.stderr.replace("echo", "").replace(
            "invoke", ""), done.stderr
        assert done.stderr.count(": error: ") == 10, done.stderr
    assert "unknown chain or model (not shown, it is secret), one of: echo, str" in done.stderr


def test_the_config_schema_accepts_the_examples(run):
    import jsonschema
    import yaml
    schema = json.loads(run("config-schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    files = [*REPO.glob("examples/*/*.yaml"), *REPO.glob("tests/*/*.yaml")]
    assert len(files) >= 3
    for file in files:
        errors = list(validator.iter_errors(yaml.safe_load(file.read_text())))
        assert not errors, (file, errors[0].message)
    assert list(validator.iter_errors({"routes": {"/a": {"chain": "x", "nonsense": 1}}}))


@pytest.mark.parametrize("wrong, right", [
    ("server: {workers: many}", "server: {workers: auto}"),
    ("server: {workers: 0}", "server: {workers: 4}"),
    ("server: {workers: 10000}", 'server: {workers: "${N:-4}"}'),
    ("routes: {/a: {chain: str, endpoints: [invok]}}",
     "routes: {/a: {chain: str, endpoints: [invoke, stream]}}"),
    ("routes: {/a: {chain: str, endpoints: strea}}",
     "routes: {/a: {chain: str, endpoints: stream}}"),
    ("routes: {/a: {chain: str, config_keys: [tag]}}",
     "routes: {/a: {chain: str, config_keys: [tags]}}"),
    ("routes: {/a: {chain: str, method: GET}}",
     "routes: {/a: {chain: str, method: GET, as: rest}}"),
    ("routes: {/a: {chain: str, as: langserve, method: GET}}",
     "routes: {/a: {chain: str, as: rest}}"),
    ("routes: {/a: {chain: str, as: rest, endpoints: [invoke]}}",
     "routes: {/a: {chain: str, as: langserve, endpoints: [invoke]}}"),
    ("models: {a: {provider: fake}}", "models: {a: {provider: fake, responses: hello}}"),
    ("models: {a: {provider: fake, responses: []}}",
     "models: {a: {provider: fake, responses: [a]}}"),
    ("models: {a: {provider: fake, echo: false}}", "models: {a: {provider: fake, echo: true}}"),
    ("models: {a: {provider: fake, delay: 1s}}", "models: {a: {provider: fake, error: broken}}"),
])
def test_the_config_schema_is_as_strict_as_the_loader(run, wrong, right):
    import jsonschema
    import yaml
    validator = jsonschema.Draft202012Validator(json.loads(run("config-schema").stdout))
    assert run("check", "-", stdin=right).returncode == 0
    assert validator.is_valid(yaml.safe_load(right))
    assert run("check", "-", stdin=wrong).returncode == 2
    assert not validator.is_valid(yaml.safe_load(wrong))


def test_the_reference_page_is_that_of_the_tables(run):
    page = (REPO / "docs/reference.md").read_text()
    assert run("config-schema", "--markdown").stdout == page, "run `make docs`"


def test_a_port_that_is_taken(run, server):
    port = server.port
    done = run("serve", "-", "--port", port, stdin="routes: {/a: passthrough}")
    assert done.returncode == 1 and done.stderr.count("cannot listen on 127.0.0.1") == 1
    assert '"event":"listen_failed"' in done.stderr


def test_serve_reads_standard_input(tmp_path):
    process = subprocess.Popen(
        [servers.langserved_binary(), "serve", "-", "--port", "0", "--workers", "1"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write("routes: {/a: passthrough}")
    process.stdin.close()
    line = process.stderr.readline()
    process.terminate()
    assert process.wait(30) == 0 and "http://127.0.0.1:" in line


@pytest.mark.parametrize("socket", [False, True], ids=["tcp", "unix"])
def test_serve_shows_a_command_that_works(tmp_path, socket):
    """The first route that takes a POST, whatever its words and its schema."""
    file = tmp_path / "app.yaml"
    file.write_text("""\
server: {log_format: text}
models: {echo: {provider: fake, echo: true}}
routes:
  /query: {chain: passthrough, as: rest, method: GET}
  "/it's": [{prompt: "{a} {b's}"}, echo, str]
  /other: passthrough
""")
    host = f"unix:{tmp_path}/sock et" if socket else "127.0.0.1"
    process = subprocess.Popen([servers.langserved_binary(), "serve", file, "--port", "0", "--host",
                                host, "--workers", "1"], stderr=subprocess.PIPE, text=True)
    lines = []
    while "curl" not in (line := process.stderr.readline()) and line:
        lines.append(line.rstrip())
    try:
        url = lines[1].split("/query")[0].strip()
        assert lines[1:5] == [f"  {url}/query", f"  {url}/it's", f"  {url}/other", ""]
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
        assert json.loads(done.stdout)["output"] == "a b's"
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_mistakes_of_a_reload_are_lines_of_their_own(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text("routes: {/a: passthrough}")
    server = servers.langserved(file, tmp_path).start()
    file.write_text("routes:\n  /a: nobody\n  b: passthrough\n")
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 60
    while "the old app goes on" not in server.log() and time.monotonic() < end:
        time.sleep(0.01)
    told = [json.loads(line) for line in server.log().splitlines()]
    server.stop_cleanly()
    assert [line["message"] for line in told if line["event"] == "reload_refused"] == [
        f"{file}:2:7: error: unknown chain or model 'nobody', one of: str, json, list, passthrough",
        f"{file}:3:3: error: 'b': a path begins with '/'",
        f"{file} has mistakes, the old app goes on"]
    assert "log" not in {line["event"] for line in told}


WARNED = """\
models: {echo: {provider: fake, echo: true}, unused: {provider: fake, echo: true}}
routes: {/a: echo}
"""


def test_warnings_are_log_lines_where_all_is(tmp_path):
    """At the start and after a reload."""
    file = tmp_path / "app.yaml"
    file.write_text(WARNED)
    server = servers.langserved(file, tmp_path).start()
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 60
    while server.log().count('"app_warning"') < 2 and time.monotonic() < end:
        time.sleep(0.01)
    told = [json.loads(line) for line in server.log().splitlines()]
    server.stop_cleanly()
    assert [(line["level"], line["message"]) for line in told if line["event"] == "app_warning"
            ] == [("warning", f"{file}:1:46: warning: the model 'unused' is not used")] * 2


def test_warnings_are_text_for_people(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text("server: {log_format: text}\n" + WARNED)
    server = servers.langserved(file, tmp_path).start()
    server.stop_cleanly()
    assert server.log().startswith(f"{file}:2:46: warning: the model 'unused' is not used\n")


def test_a_message_is_one_line_whatever_a_name_holds(run, tmp_path):
    file = tmp_path / "a\nb.yaml"
    file.write_text(r'''
"c\td\r\n\e\0": 1
routes: {"/a\rb": {chain: str, "z\n": 2, "\x85\L\P\x9b": 3}}
chains: {"x\ny": str, z: [{"pro\nmpt": x}]}
''')
    done = run("check", file)
    lines = done.stderr.splitlines()
    assert done.returncode == 2 and not any(c < " " or "\x7f" <= c < "\xa0" for c in "".join(lines))
    assert all(line.startswith(f"{tmp_path}/a\\nb.yaml:") and ": " in line for line in lines)
    assert any(r"'\u0085\u2028\u2029\u009b'" in line for line in lines), lines
    assert any(r"'pro\nmpt', did you mean 'prompt'?" in line for line in lines), lines


@pytest.mark.parametrize("wrong", ["example: [[human, '{q}']]", "examples: [{q: 1}]",
                                   "examples: [1], example: [[human, '{q}']]",
                                   "examples: 1, example: [[human, '{q}']]"])
def test_a_mistake_that_is_built_twice_is_told_once(run, wrong):
    """A prompt that another one takes in is looked at for both."""
    done = run("check", "-", stdin=f"""\
chains:
  examples: {{prompt: [{{few_shot: {{{wrong}}}}}]}}
  ask: {{prompt: [{{messages: examples}}, {{messages: examples}}]}}
routes: {{/a: ask, /b: examples}}
""")
    assert done.returncode == 2 and done.stderr.count(": error: ") == 1, done.stderr


@pytest.mark.parametrize("option, told", [
    ("provider: anthropic, model: m, thinking: yes please",
     "thinking: "), ("provider: ollama, model: m, keep_alive: [5m]", "keep_alive: "),
    ("provider: ollama, model: m, reasoning: 3", "reasoning: "),
    ("provider: openai, extra_body: [1]", "extra_body: "),
    ("provider: openai, logit_bias: {a: b}", "logit_bias: "),
])
def test_values_that_are_sent_as_they_are_have_their_type(run, option, told):
    done = run("check", "-", stdin=f"models: {{m: {{{option}, api_key: k}}}}\nroutes: {{/a: m}}\n")
    assert done.returncode == 2 and f": error: {told}" in done.stderr, done.stderr


def both(run, validator, text):
    """What the loader and the schema make of a file."""
    import yaml
    return run("check", "-", stdin=text).returncode == 0, validator.is_valid(yaml.safe_load(text))


def test_the_config_schema_knows_what_null_is(run):
    import jsonschema
    validator = jsonschema.Draft202012Validator(json.loads(run("config-schema").stdout))
    for text in ("server:\nroutes: {/a: str}", "server: {port: }\nroutes: {/a: str}",
                 "models: {m: {provider: fake, echo: true, chunk: }}\nroutes: {/a: m}",
                 "lua:\nstore:\napp:\nmetrics:\nprices:\nroutes:"):
        assert both(run, validator, text) == (True, True), text
    for text in ("routes: {/a: }", "routes: {/a: {chain: }}", "routes: {/a: [1]}",
                 "routes: {/a: []}", "chains: {c: {model: {provider: fake, echo: true},"
                 " configurable: {fields: {echo: 3}}}}"):
        assert both(run, validator, text) == (False, False), text


def test_a_parser_whose_option_is_null_lacks_it(run):
    done = run("check", "-", stdin="routes: {/a: {chain: {parse: regex, regex: , output_keys: [a]}}}")
    assert done.returncode == 2
    assert done.stderr == "-:1:30: error: parse: regex needs 'regex'\n"
