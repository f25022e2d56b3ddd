"""invoke, stream and batch, on a file and on a server."""

import contextlib
import json
import os
import pty
import select
import subprocess
import time

import pytest
import servers


def test_invoke_prints_text_as_it_is(run, target):
    done = run("invoke", *target("say"), '{"word": "grüß \\n Gott"}')
    assert (done.returncode, done.stdout) == (0, "grüß \n Gott\n"), done.stderr


def test_invoke_prints_json(run, target):
    done = run("invoke", *target("object"), '{"x": 1}')
    assert json.loads(done.stdout) == {"in": {"x": 1}, "one": 1}
    done = run("invoke", *target("say"), '{"word": "a"}', "--json")
    assert done.stdout == '"a"\n'


def test_input_comes_from_standard_input(run, target):
    for words in (["-"], []):
        done = run("invoke", *target("say"), *words, stdin='{"word": "in"}')
        assert (done.returncode, done.stdout) == (0, "in\n"), done.stderr


def test_stream_prints_what_comes(run, target):
    done = run("stream", *target("slowly"), '"x"')
    assert (done.returncode, done.stdout, done.stderr) == (0, "a b c\n", "")
    lines = run("stream", *target("slowly"), '"x"', "--json").stdout.splitlines()
    assert lines[:3] == ['"a "', '"b "', '"c"']
    chunks = run("stream", *target("object"), "1").stdout.splitlines()
    assert {"one": 1} in [json.loads(chunk) for chunk in chunks]


def test_a_failed_stream_says_so(run, target):
    done = run("stream", *target("fails"), '"x"')
    assert done.returncode == 1 and done.stdout == "" and done.stderr.startswith("langserved: ")


def test_stream_prints_at_once(app):
    """The first word is there before the last one is made."""
    process = subprocess.Popen([servers.langserved_binary(), "stream", app, "slowly", '"x"'],
                               stdout=subprocess.PIPE, text=True)
    first = process.stdout.read(1)
    began = time.monotonic()
    process.stdout.read()
    assert process.wait() == 0 and first == "a"
    assert time.monotonic() - began > 0.02


def test_a_failed_run_says_so(run, target):
    done = run("invoke", *target("fails"), '"x"')
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("langserved: ")


def test_the_message_of_a_failure_is_shown(run, app):
    assert "the model is broken" in run("invoke", app, "fails", '"x"').stderr


def test_batch_keeps_the_order(run, target):
    words = [f"w{i}" for i in range(50)]
    lines = "\n".join(json.dumps({"word": word}) for word in words)
    done = run("batch", *target("say"), stdin=lines)
    assert [json.loads(line) for line in done.stdout.splitlines()] == words
    assert done.returncode == 0


def test_batch_answers_before_its_input_ends(target):
    process = subprocess.Popen(
        [servers.langserved_binary(), "batch", *map(str, target("say"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for word in ("a", "b"):
            process.stdin.write(b'{"word": "%s"}\n{"wo' % word.encode())
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 30)[0]
            assert process.stdout.readline() == b'"%s"\n' % word.encode()
            process.stdin.write(b'rd": "c"}\n')
            process.stdin.flush()
            assert process.stdout.readline() == b'"c"\n'
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_batch_reads_a_file_of_any_lines(run, app, tmp_path):
    """More than a piece at once, lines longer than a piece, no line end behind the last."""
    words = ["x" * 200000, *(f"w{i}" for i in range(5000)), "y" * 70000]
    file = tmp_path / "inputs.jsonl"
    file.write_text("\n\n".join(json.dumps({"word": word}) for word in words))
    done = run("batch", app, "say", file)
    assert [json.loads(line) for line in done.stdout.splitlines()] == words


def test_batch_goes_on_after_failures(run, target, tmp_path):
    file = tmp_path / "inputs.jsonl"
    file.write_text('{"word": "a"}\n{nonsense\n\n{"wrong": 1}\n{"word": "b"}')
    done = run("batch", *target("say"), file, "--concurrency", "1")
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [out[0], out[3]] == ["a", "b"] and out[1]["error"]["code"] == "bad_syntax"
    assert out[2] == {"error": {"code": "validation_error", "message": "word: Field required"}}


def test_batch_shows_progress_on_a_terminal_alone(run, app):
    try:
        master, slave = pty.openpty()
    except OSError as error:  # /dev/pts is not mounted
        pytest.skip(f"no terminals here: {error}")
    process = subprocess.run([servers.langserved_binary(), "batch", app, "say"], stderr=slave,
                             input=b'{"word": "a"}\n', stdout=subprocess.PIPE, timeout=60)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert process.stdout == b'"a"\n' and "1 done" in shown
    assert run("batch", app, "say", stdin='{"word": "a"}').stderr == ""


def test_the_config_reaches_the_run(run, target):
    done = run("invoke", *target("say"), '{"word": "a"}', "--config", '{"tags": ["t"]}')
    assert done.returncode == 0, done.stderr
    done = run("invoke", *target("say"), '{"word": "a"}', "--config", "[]")
    assert done.returncode == 2 and "--config takes a JSON object" in done.stderr


def test_a_server_that_is_not_there(run):
    done = run("invoke", "http://127.0.0.1:9/x", "1")
    assert done.returncode == 1 and "upstream_unreachable" in done.stderr


def test_a_route_that_is_not_there(run, server):
    done = run("invoke", f"{server.url}/nothing", "1")
    assert done.returncode == 1 and "404" in done.stderr


@pytest.mark.parametrize("command", ["invoke", "stream"])
def test_a_wrong_input_is_wrong_use(run, target, command):
    done = run(command, *target("say"), '{"wrong": 1}')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "langserved: validation_error: word: Field required\n"


def test_inputs_are_decoded_as_a_route_does(run, target):
    done = run("invoke", *target("say"), '{"word": "a", "more": 1}')
    assert (done.returncode, done.stdout) == (0, "a\n"), done.stderr


@pytest.mark.parametrize("words", [["invoke", "say", '{"word": "a"}'], ["stream", "slowly", '"x"'],
                                   ["batch", "object"]], ids=lambda words: words[0])
def test_output_that_cannot_be_written_is_a_failure(app, words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([servers.langserved_binary(), words[0], app, *words[1:]],
                              input=b"1\n2\n", stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1
    assert b"not all of the output could be written" in done.stderr


def test_a_stream_ends_when_nobody_reads(tmp_path):
    """A model that would go on for hours."""
    (tmp_path / "app.yaml").write_text("models: {long: {provider: fake, delay: 10ms, responses: ['"
                                       + "word " * 500000 + "']}}")
    process = subprocess.Popen(
        [servers.langserved_binary(), "stream", tmp_path / "app.yaml", "long", '"x"'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.stdout.close()
    assert b"could be written" in process.stderr.read()
    assert process.wait(60) == 1


def test_a_thousand_steps(run, tmp_path):
    """One after the other, and each inside the next one."""
    chains = {"long": ["passthrough"] * 1000, "deep_1": "passthrough"}
    for i in range(2, 1001):
        chains[f"deep_{i}"] = {"chain": ["passthrough", f"deep_{i - 1}"], "name": f"step_{i}"}
    path = tmp_path / "steps.yaml"
    path.write_text(json.dumps({"chains": chains, "routes": {"/deep": "deep_1000"}}, indent=1))
    for name in ("long", "deep_1000"):
        for command in ("invoke", "stream"):
            done = run(command, str(path), name, '{"x": 1}')
            assert (done.returncode, json.loads(done.stdout)) == (0, {"x": 1}), done.stderr


@pytest.mark.parametrize("place", ["argument", "stdin"])
def test_a_batch_of_what_cannot_be_read_is_wrong_use(app, tmp_path, place):
    """A folder can be opened, and not be read."""
    words = [tmp_path] if place == "argument" else []
    folder = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([servers.langserved_binary(), "batch", app, "say", *words],
                          stdin=folder, capture_output=True, text=True, timeout=60)
    os.close(folder)
    name = tmp_path if place == "argument" else "standard input"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"langserved batch: cannot read {name}: Is a directory\n"


def test_an_input_that_cannot_be_read_is_wrong_use(app, tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([servers.langserved_binary(), "invoke", app, "say"], stdin=folder,
                          capture_output=True, text=True, timeout=60)
    os.close(folder)
    assert done.returncode == 2 and "cannot read standard input: Is a directory" in done.stderr


def test_a_batch_whose_output_is_lost_ends_within_a_line(app):
    """The rest of a line that had not come yet is not looked for any more."""
    with open("/dev/full", "wb") as full:
        process = subprocess.Popen([servers.langserved_binary(), "batch", app, "say"], stdout=full,
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    told = process.communicate(b'{"word": "a"}\n{"word": "' + b"b" * 1000, timeout=60)[1]
    assert told == b"langserved: not all of the output could be written\n"
    assert process.returncode == 1


def test_a_line_beyond_the_limit_ends_a_batch(app):
    """256 MB, of which much was searched for the line's end already."""
    process = subprocess.Popen([servers.langserved_binary(), "batch", app, "say"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    piece = b"a" * (1 << 20)
    with contextlib.suppress(BrokenPipeError):
        for _ in range(257):
            process.stdin.write(piece)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    assert json.load(process.stdout)["error"]["code"] == "too_large"
    assert process.wait(60) == 1


@pytest.mark.parametrize("config, told", [
    ('{"tags": 3}', "tags: Input should be a valid list"),
    ('{"recursion_limit": "x"}', "recursion_limit: Input should be a valid integer"),
    ('{"configurable": {"temperature": "hot"}}', "temperature: Input should be a valid number"),
    ('{"run_id": "x"}', "run_id: Input should be a valid UUID"),
])
def test_the_config_is_decoded_as_a_route_does(run, tmp_path, config, told):
    (tmp_path / "app.yaml").write_text(
        "chains: {c: {model: {provider: fake, echo: true, temperature: 0.5},"
        " configurable: {fields: {temperature: {}}}}}")
    done = run("invoke", "app.yaml", "c", '"x"', "--config", config)
    assert done.returncode == 2 and told in done.stderr and "--config: " in done.stderr
    well = '{"configurable": {"temperature": "1"}, "callbacks": [1], "more": 1}'
    assert run("invoke", "app.yaml", "c", '"x"', "--config", well).returncode == 0


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:99999/x", "ftp://127.0.0.1/x",
                                 "http://127.0.0.1:9/x?y", "http://127.0.0.1:9/a b"])
def test_a_url_that_is_none_is_wrong_use(run, url):
    for command in ("invoke", "stream", "batch"):
        done = run(command, url, "1")
        assert done.returncode == 2 and f"{url} is no URL of a route" in done.stderr


def test_urls_in_other_forms(run, server):
    for url in (server.url.replace("http", "HTTP"), f"{server.url}/"):
        done = run("invoke", f"{url}/say/".replace("//say", "/say"), '{"word": "a"}')
        assert (done.returncode, done.stdout) == (0, "a\n"), done.stderr
