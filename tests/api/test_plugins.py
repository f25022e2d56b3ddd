"""Functions of shared objects and of programs of one's own: each form, and what can be wrong."""

import os
import shutil
import socket
import subprocess

import pytest
import servers
from ports import free_port
from test_api import ask, built

REPO = servers.REPO


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """examples/plugin, with its plugin beside app.yaml as its path says."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copy(REPO / "examples/plugin/app.yaml", folder)
    shutil.copy(built("words.so"), folder)
    server = servers.langserved(folder / "app.yaml", folder).start()
    yield server
    server.stop_cleanly()




def test_a_plain_function(words):
    status, text = ask(words, "/count/invoke", {"input": " a word\tand another "})
    assert status == 200
    assert '"output":{"text":" a word\\tand another ","words":4}' in text


def test_an_error_is_told_to_the_client_and_logged(words):
    status, text = ask(words, "/count/invoke", {"input": 7})
    assert (status, text) == (500, '{"detail":"Send a text."}')
    assert "expected a text" in words.log()


def test_a_blocking_function(words):
    status, text = ask(words, "/resolve/invoke", {"input": "127.0.0.1"})
    assert status == 200
    assert '"output":"127.0.0.1"' in text
    status, text = ask(words, "/resolve/batch", {"inputs": ["127.0.0.1"] * 30})
    assert status == 200
    assert text.count("127.0.0.1") == 30
    assert ask(words, "/resolve/invoke", {"input": [1]})[0] == 500


def test_an_asynchronous_function_awaits_chains(words):
    status, text = ask(words, "/review/invoke", {"input": {"text": "Hello, how are you?"}})
    assert status == 200
    assert '"output":{"translation":"Bonjour, comment allez-vous ?","verdict":"good"}' in text


def test_the_error_of_an_awaited_chain_is_handed_on(words):
    assert ask(words, "/review/invoke", {"input": {"no": "text"}})[0] == 500
    assert "text" in words.log().splitlines()[-2]


def test_a_generator_streams(words):
    status, text = ask(words, "/count_down/stream", {"input": 3})
    assert status == 200
    data = [line[6:] for line in text.splitlines() if line.startswith("data: \"")]
    assert data == ['"3 "', '"2 "', '"1 "']
    assert '"output":"2 1 "' in ask(words, "/count_down/invoke", {"input": 2})[1]
    assert ask(words, "/count_down/invoke", {"input": "x"})[0] == 500


def test_a_transform_streams_what_streams_in(words):
    status, text = ask(words, "/shout/stream", {"input": {"text": "Hello, how are you?"}})
    assert status == 200
    data = [line[6:] for line in text.splitlines() if line.startswith("data: \"")]
    assert data == [f'"{letter}"' for letter in "BONJOUR, COMMENT ALLEZ-VOUS ?"]
    whole = ask(words, "/shout/invoke", {"input": {"text": "Hello, how are you?"}})[1]
    assert '"output":"BONJOUR, COMMENT ALLEZ-VOUS ?"' in whole
    assert ask(words, "/shout/invoke", {"input": {"no": "text"}})[0] == 422


def test_a_generator_stops_for_a_client_that_leaves(words):
    """The client reads a little of a stream without end and goes; the server stays well."""
    with socket.create_connection(("127.0.0.1", words.port), timeout=30) as client:
        body = b'{"input": 1000000000}'
        client.sendall(b"POST /count_down/stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(body), body))
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert ask(words, "/count/invoke", {"input": "a"})[0] == 200


def test_unused_chains_are_no_complaint_where_functions_may_ask_for_them(words):
    assert "is not used" not in words.log()


def check(folder, function, plugin="./odd.so", env=None):
    app = folder / "app.yaml"
    app.write_text("routes:\n  /x:\n    chain:\n      lambda:\n"
                   f"        plugin: {plugin}\n        function: {function}\n")
    done = subprocess.run([servers.langserved_binary(), "check", app], capture_output=True,
                          text=True, timeout=60, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def odd(tmp_path):
    shutil.copy(built("plugin_odd.so"), tmp_path / "odd.so")
    shutil.copy(built("plugin_none.so"), tmp_path / "none.so")
    (tmp_path / "text.so").write_text("not an object\n")
    return tmp_path


@pytest.mark.parametrize("function, plugin, env, told", [
    ("nothing", "./nowhere.so", {}, "app.yaml:5:17: error: there is no plugin"),
    ("nothing", "text.so", {}, "app.yaml:5:17: error: the plugin cannot be loaded:"),
    ("nothing", "none.so", {}, "does not define ls_plugin_v1()"),
    ("nothing", "odd.so", {"ODD": "future"}, "made for version 7 of the interface"),
    ("nothing", "odd.so", {"ODD": "null"}, "made for version 0 of the interface"),
    ("noting", "odd.so", {}, "app.yaml:6:19: error: unknown function of the plugin odd 'noting', "
     "did you mean 'nothing'?"),
    ("none", "odd.so", {}, "must have exactly one form"),
    ("two", "odd.so", {}, "must have exactly one form"),
])
def test_what_is_wrong_with_a_plugin_is_told(odd, function, plugin, env, told):
    status, text = check(odd, function, plugin, env)
    assert status != 0
    assert told in text


def test_keys_of_a_lambda_are_checked(odd):
    app = odd / "app.yaml"
    app.write_text("routes:\n  /x: {chain: {lambda: {plugin: odd.so, funtion: nothing}}}\n"
                   "  /y: {chain: {lambda: 7}}\n")
    done = servers.check(app)
    assert "did you mean 'function'" in done.stderr + done.stdout
    assert "lambda: expected" in done.stderr + done.stdout


def test_a_plugin_is_found_from_its_files_folder(odd):
    """Whatever folder the program was started in, and with a path of its own."""
    assert check(odd, "nothing", "odd.so")[0] == 0
    assert check(odd, "nothing", odd / "odd.so")[0] == 0
    (odd / "app.yaml").write_text("routes: {/x: {chain: {lambda: {plugin: odd.so, "
                                  "function: nothing}}}}\n")
    done = servers.check("app.yaml", cwd=odd)
    assert done.returncode == 0, done.stderr


def test_an_error_that_is_none_is_internal(odd, serve):
    shutil.copy(odd / "odd.so", odd / "o.so")
    server = serve(f"routes: {{/x: {{chain: {{lambda: {{plugin: {odd / 'o.so'}, function: wrong}}}}}},"
                   f" /n: {{chain: {{lambda: {{plugin: {odd / 'o.so'}, function: nothing}}}}}}}}")
    assert ask(server, "/x/invoke", {"input": 1})[0] == 500
    assert '"output":null' in ask(server, "/n/invoke", {"input": 1})[1]


def test_workers_share_a_plugin(odd, serve):
    so = odd / "odd.so"
    server = serve(f"routes: {{/n: {{chain: {{lambda: {{plugin: {so}, function: nothing}}}}}}}}",
                   "--workers", "2")
    for _ in range(10):
        assert ask(server, "/n/invoke", {"input": 1})[0] == 200


def test_a_program_with_functions_of_its_own(tmp_path):
    server = servers.Server([built("example_c_lambda"), free_port()], tmp_path, "/health").start()
    try:
        status, text = ask(server, "/shout/invoke", {"input": {"text": "good morning"}})
        assert status == 200
        assert '"output":"GOOD MORNING!!!"' in text
        status, text = ask(server, "/shout/invoke", {"input": {"text": "ignore all"}})
        assert (status, text) == (500, '{"detail":"This cannot be translated."}')
        assert "the guard said unsafe" in server.log()
    finally:
        server.stop_cleanly()


def test_the_program_exports_what_plugins_need_alone():
    if "asan" in str(servers.langserved_binary()):
        pytest.skip("sanitizers export names of their own")
    out = subprocess.check_output(["nm", "-D", "--defined-only", servers.langserved_binary()],
                                  text=True)
    names = {line.split()[2] for line in out.splitlines() if line.split()[1] in "TDBR"}
    assert "ls_answer" in names
    assert {name for name in names if not name.startswith("ls_")} == set()
