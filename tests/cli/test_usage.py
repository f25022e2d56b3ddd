"""Help, exit statuses, wrong options, wrong files."""

import json
import subprocess

import pytest
import servers
from conftest import REPO

COMMANDS = ["serve", "check", "config-schema", "invoke", "stream", "batch"]
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
  b: one
  /c: {chain: one, endpoint: [invoke]}
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
    ":12:20: error: unknown route option 'endpoint', did you mean 'endpoints'?",
    ":13:1: error: unknown top-level option 'sever', did you mean 'server'?",
]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help_lists_the_commands(run, words):
    done = run(*words)
    assert done.returncode == 0 and all(f"  {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(run, command):
    done = run(command, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: langserved {command} ")


def test_version(run):
    assert run("--version").stdout.startswith("langserved ")


@pytest.mark.parametrize("words, told", [
    ([], "usage:"),
    (["serv"], "did you mean 'serve'"),
    (["frobnicate"], "there is no command 'frobnicate'"),
    (["serve"], "which file?"),
    (["serve", "x", "--prot", "1"], "there is no option --prot"),
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


def test_check_is_content_with_a_good_file(run, app):
    done = run("check", app, REPO / "examples/translate/app.yaml")
    assert done.returncode == 0 and done.stdout.count(": well\n") == 2 and done.stderr == ""


def test_check_reads_standard_input(run):
    done = run("check", "-", stdin="routes: {/a: passthrough}")
    assert done.returncode == 0, done.stderr
    done = run("check", "-", stdin="routes: {/a: nobody}")
    assert done.returncode == 2 and ":1:14: error:" in done.stderr


def test_check_names_what_keeps_a_chain_from_streaming(run, tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text("models: {echo: {provider: fake, echo: true}}\n"
                    "chains: {unused: echo}\n"
                    'routes: {/a: [echo, str, {prompt: "{x}"}], /b: [echo, str]}\n')
    done = run("check", file)
    assert done.returncode == 0
    assert ":3:10: warning: /a does not stream token by token: the step ChatPromptTemplate" \
        in done.stderr
    assert ":2:10: warning: the chain 'unused' is not used" in done.stderr
    assert "/b" not in done.stderr


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


def test_the_reference_page_is_that_of_the_tables(run):
    page = (REPO / "docs/reference.md").read_text()
    assert run("config-schema", "--markdown").stdout == page, "run `make docs`"


def test_a_port_that_is_taken(run, server):
    port = server.port
    done = run("serve", "-", "--port", port, stdin="routes: {/a: passthrough}")
    assert done.returncode == 1 and "cannot listen on 127.0.0.1" in done.stderr


def test_serve_reads_standard_input(tmp_path):
    process = subprocess.Popen(
        [servers.langserved_binary(), "serve", "-", "--port", "0", "--workers", "1"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write("routes: {/a: passthrough}")
    process.stdin.close()
    line = process.stderr.readline()
    process.terminate()
    assert process.wait(30) == 0 and "http://127.0.0.1:" in line
