"""The C API: the same tree as YAML, nothing but ls_ names, every function documented."""

import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest
import servers
from ports import free_port

REPO = servers.REPO
HERE = pathlib.Path(__file__).resolve().parent
HEADERS = sorted((REPO / "include/langserved").glob("*.h"))
FUNCTION = re.compile(r"LS_API [^;(]*?\b(ls_\w+)\(")


def built(name):
    path = pathlib.Path(os.environ.get("LANGSERVED_TOOLS") or REPO / "build-asan") / name
    if not path.exists():
        pytest.fail(f"{path} is not there: run `make build-asan`", pytrace=False)
    return path


def kinds_plugin():
    return {"KINDS_PLUGIN": str(built("plugin_kinds.so")), "KINDS_LUA": str(HERE / "kinds.lua"),
            "KINDS_TEMPLATE": str(HERE / "kinds.txt"), "KINDS_TAPE": str(HERE / "kinds.jsonl")}


def ask(server, path, value=None):
    """Status and body; the ids of runs taken out."""
    body = None if value is None else json.dumps(value).encode()
    try:
        with urllib.request.urlopen(server.url + path, body, timeout=30) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", text)


@pytest.fixture(scope="module")
def from_c(tmp_path_factory):
    server = servers.Server([built("api_kinds")], tmp_path_factory.mktemp("c"), "/health",
                            kinds_plugin()).start()
    yield server
    server.stop_cleanly()


@pytest.fixture(scope="module")
def from_yaml(tmp_path_factory):
    folder = tmp_path_factory.mktemp("yaml")
    server = servers.langserved(HERE / "kinds.yaml", folder, env=kinds_plugin()).start()
    yield server
    server.stop_cleanly()


WORD = {"word": "hello"}
MADE_CALLS = {"type": "ai", "content": "", "tool_calls": [
    {"name": "f", "args": {"n": "5"}, "id": "c", "type": "tool_call"}]}
INPUTS = {
    "/prompt": WORD,
    "/messages": {"role": "cook", "question": "Why?", "history": [{"type": "ai", "content": "x"}]},
    "/template": {"text": "a"},
    "/few_shot": {"word": "left", "tone": "please"},
    "/composed": WORD,
    "/parts": {"url_of": "http://x/y.png", "past": [{"type": "human", "content": c} for c in "ab"]},
    "/mustache": {"a": {"b": "&"}},
    "/partial_from": WORD,
    "/prompt_file": WORD,
    "/message_file": WORD,
    "/template_file": WORD,
    "/str": "plain",
    "/json": '{"a": [1, 2, {"b": "c"}]}',
    "/list": "a, b, c",
    "/parse": "text",
    "/parse_with": "<a><b>1</b></a>",
    "/numbered": "1. a\n2. b",
    "/guarded": "a XYZ b",
    "/refused": "system: x",
    "/markdown": "- a\n* b",
    "/xml": "<a><b>1</b>",
    "/schema": '{"n": "5"}',
    "/enum": "red",
    "/datetime": "2023-07-04T14:30:00.5Z",
    "/year": "x",
    "/boolean": "Oui.",
    "/regex": "caab",
    "/tools": MADE_CALLS,
    "/tools_key": MADE_CALLS,
    "/tools_typed": MADE_CALLS,
    "/fixing": "one",
    "/retry": {"completion": "one", "prompt_value": "Say JSON."},
    "/parallel": {"x": 1},
    "/pick": WORD,
    "/pick_many": WORD,
    "/slow": "anything",
    "/said": WORD,
    "/checked": WORD,
    "/from_request": WORD,
    "/branch": {"urgent": 1, "word": "a", "other": "b"},
    "/map": [WORD, WORD],
    "/router": {"key": "say", "input": WORD},
    "/one_by_one": [WORD],
    "/spare": "anything",
    "/spread": "anything",
    "/structured": "anything",
    "/told": WORD,
    "/heard": WORD,
    "/choice": "anything",
    "/prefixed": "anything",
    "/remembers": WORD,
    "/remembers_all": [{"type": "human", "content": "hello"}],
    "/kept": WORD,
    "/texts": "say",
    "/tool": {"a": "hey"},
    "/tool_of_chain": WORD,
    "/retriever": "q",
    "/remote": WORD,
    "/lambda": WORD,
    "/blocking": WORD,
    "/fail": WORD,
    "/fail_slowly": WORD,
    "/await": WORD,
    "/spell": WORD,
    "/echo": WORD,
    "/plugin": [1, None],
    "/lua": WORD,
    "/lua_forever": WORD,
    "/lua_spell": WORD,
    "/lua_file": WORD,
    "/lua_file_spell": WORD,
    "/replayed": WORD,
    "/count": WORD,
    "/measured": WORD,
}


@pytest.mark.parametrize("path", INPUTS)
@pytest.mark.parametrize("endpoint", ["invoke", "stream", "batch"])
def test_c_and_yaml_build_the_same(from_c, from_yaml, path, endpoint):
    given = INPUTS[path]
    value = {"inputs": [given, given]} if endpoint == "batch" else {"input": given}
    assert ask(from_c, f"{path}/{endpoint}", value) == ask(from_yaml, f"{path}/{endpoint}", value)


@pytest.mark.parametrize("path", INPUTS)
@pytest.mark.parametrize("schema", ["input_schema", "output_schema", "config_schema"])
def test_c_and_yaml_have_the_same_schemas(from_c, from_yaml, path, schema):
    assert ask(from_c, f"{path}/{schema}") == ask(from_yaml, f"{path}/{schema}")


@pytest.mark.parametrize("headers, status", [
    ({}, 200), ({"Cookie": "role=cook"}, 200), ({"Cookie": "role=guest"}, 403),
    ({"Cookie": "role=" + "x" * 99}, 200),
])
def test_c_and_yaml_read_the_same_of_a_request(from_c, from_yaml, headers, status):
    body = {"input": WORD, "config": {"metadata": {"mine": 1, "agent": "x"}}}
    answers = []
    for server in (from_c, from_yaml):
        request = urllib.request.Request(f"{server.url}/from_request/invoke",
                                         json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answers.append((answer.status, json.load(answer)["output"]))
        except urllib.error.HTTPError as error:
            answers.append((error.code, json.load(error)))
    assert answers[0] == answers[1]
    assert answers[0][0] == status
    assert status != 200 or answers[0][1]["mine"] == 1


@pytest.mark.parametrize("headers, status", [
    ({}, 401), ({"X-API-Key": "wrong"}, 403), ({"X-API-Key": "kinds-key"}, 200),
    ({"Authorization": "Bearer kinds-key"}, 200),
])
def test_c_and_yaml_ask_for_the_same_keys(from_c, from_yaml, headers, status):
    for server in (from_c, from_yaml):
        request = urllib.request.Request(f"{server.url}/keyed/invoke", b'{"input": {}}', headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert json.load(answer)["output"] == {"user": "ann"}
                assert status == 200
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == status


def test_c_and_yaml_limit_the_same(from_c, from_yaml):
    told = []
    for server in (from_c, from_yaml):
        for inputs in (["a", "b"], ["c"], ["d"], ["e"]):
            request = urllib.request.Request(f"{server.url}/limited/batch", json.dumps(
                {"inputs": inputs}).encode(), {"X-User": "me"})
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    told.append((answer.status, answer.headers["ratelimit-policy"]))
            except urllib.error.HTTPError as error:
                told.append((error.code, json.load(error)))
    policy = '"1000/day";q=1000;w=86400, "2/hour";q=3;w=5400, "100000/hour";q=100000;w=3600'
    assert told == 2 * [*3 * [(200, policy)], (429, {"error": "Rate limit exceeded"})]


def test_c_and_yaml_remember_the_same(tmp_path):
    told = []
    for name, command in (("c", [built("api_kinds")]), ("yaml", None)):
        (tmp_path / name).mkdir()
        env = {"KINDS_STORE": str(tmp_path / name / "store.db"), **kinds_plugin()}
        server = (servers.Server(command, tmp_path / name, "/health", env) if command else
                  servers.langserved(HERE / "kinds.yaml", tmp_path / name, env=env)).start()
        config = {"configurable": {"user_id": "u", "talk_id": "t", "session_id": "s", "user": "u"}}
        told.append([
            ask(server, f"/{path}/{how}", {"input": value, "config": config})
            for path, value in (("remembers", WORD), ("kept", WORD),
                                ("remembers_all", [{"type": "human", "content": "x"}]))
            for how in ("invoke", "invoke", "stream", "invoke")
        ])
        server.stop_cleanly()
    assert told[0] == told[1]
    assert [len(json.loads(text)["output"]["past"]) for _, text in (told[0][0], told[0][3])] == [0, 3]
    assert [json.loads(told[0][i][1])["output"]["cached"] for i in (4, 5, 7)] == [False, True, True]


@pytest.mark.parametrize("endpoint", ["invoke", "stream", "batch"])
def test_c_and_yaml_check_the_same(from_c, from_yaml, endpoint):
    given = {"word": "too long"}
    value = {"inputs": [given, given]} if endpoint == "batch" else {"input": given}
    told = ask(from_c, f"/checked/{endpoint}", value)
    assert told[0] == 422 and "Value error, 8 characters are too many" in told[1]
    assert told == ask(from_yaml, f"/checked/{endpoint}", value)


def test_c_and_yaml_count_the_same(tmp_path):
    told = []
    for name, command in (("c", [built("api_kinds")]), ("yaml", None)):
        (tmp_path / name).mkdir()
        server = (servers.Server(command, tmp_path / name, "/health", kinds_plugin()) if command else
                  servers.langserved(HERE / "kinds.yaml", tmp_path / name, "--workers", "1",
                                     env=kinds_plugin())).start()
        answer = ask(server, "/count/invoke", {"input": WORD})
        assert json.loads(answer[1])["output"] == [0, 0, 0, 9, 9, 9]  # LS_NOT_FOUND
        assert ask(server, "/measured/invoke", {"input": WORD})[0] == 200
        told.append([line for line in ask(server, "/metrics")[1].splitlines() if "word" in line
                     and not line.startswith("word_seconds_sum")])
        server.stop_cleanly()
    assert told[0] == told[1]
    assert {"# HELP words_total Words", 'words_total{word="hello"} 2', 'words_total{word="<hello>"} 1',
            "words_open 7", 'word_seconds_bucket{le="60.0"} 2', "word_seconds_count 2"} <= set(told[0])


def test_the_replayed_answer_is_the_recorded_one(from_c):
    assert '"content":"hello!"' in ask(from_c, "/replayed/invoke", {"input": WORD})[1]
    assert '"content":"lo!"' in ask(from_c, "/replayed/stream", {"input": WORD})[1]


def test_the_timeout_is_one(from_c):
    assert ask(from_c, "/slow/invoke", {"input": "x"})[0] == 504


def test_the_first_application_serves(tmp_path):
    """examples/translate/main.c answers as examples/translate/app.yaml does."""
    port = free_port()
    env = {"OPENAI_API_KEY": ""}
    os.environ.pop("OPENAI_API_KEY", None)
    given = {"input": {"language": "français", "text": "你好"}}
    c = servers.Server([built("example_translate"), port], tmp_path, "/health").start()
    (tmp_path / "yaml").mkdir()
    yaml = servers.langserved(REPO / "examples/translate/app.yaml", tmp_path / "yaml",
                              env=env).start()
    try:
        assert ask(c, "/translate/invoke", given) == ask(yaml, "/translate/invoke", given)
        assert ask(c, "/translate/input_schema") == ask(yaml, "/translate/input_schema")
        assert ask(c, "/translate/invoke", given)[0] == 200
    finally:
        c.stop_cleanly()
        yaml.stop_cleanly()


def test_ctrl_c_ends_a_program_of_ones_own(tmp_path):
    server = servers.Server([built("api_kinds")], tmp_path, "/health", kinds_plugin()).start()
    server.process.send_signal(signal.SIGINT)
    server.process.wait(60)
    server.stop_cleanly()


def test_mistakes_are_told_all_at_once():
    done = subprocess.run([built("api_mistakes")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    for told in [
            "ls_prompt(): error: in the template:", "ls_prompt(): error: prompt: expected a template",
            "unknown model option 'delai'", "did you mean 'delay'", "no JSON", "'nobody'",
            "ls_add_routes(): error: null is no chain", "unknown parser 'yaml'",
            "'/twice' was added already", "'no-slash': a path begins with '/'", "given twice",
            "'strin'", "ls_lambda(): error: lambda: expected",
            "there is no plugin ./nowhere.so", "remote: expected the URL of a route",
            "`modify` stands instead of `config_from`", "unknown server option 'prot'",
            "did you mean 'port'",
            "ls_app_configure_auth(): error: auth: no key would open anything",
            "ls_with_cache(): error: ttl", "ls_add_price(): error: price: the option 'output' is missing",
    ]:
        assert told in done.stdout, told
        assert told in done.stderr, told


def test_values_are_validated():
    subprocess.run([built("api_validate")], check=True, timeout=60)


def test_cpp_programs_can_use_it():
    subprocess.run([built("api_from_cpp")], check=True, timeout=60)


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
@pytest.mark.parametrize("compiler", [["cc", "-std=c99", "-xc"], ["c++", "-std=c++98", "-xc++"]],
                         ids=lambda compiler: compiler[1])
def test_each_header_compiles_alone_and_strictly(header, compiler):
    done = subprocess.run([*compiler, "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                           f"-I{REPO}/include", "-"], text=True, capture_output=True, timeout=60,
                          input=f"#include <langserved/{header.name}>\n")
    assert done.returncode == 0, done.stderr


def declared():
    return {name for header in HEADERS for name in FUNCTION.findall(header.read_text())}


def test_every_function_is_documented():
    for header in HEADERS:
        text = header.read_text()
        for match in FUNCTION.finditer(text):
            above = text[:match.start()].rstrip().splitlines()[-1]
            grouped = above.startswith("LS_API") or above.endswith(");")
            assert above.endswith("*/") or grouped, f"{header.name}: {match.group(1)}"


def schema():
    binary = servers.langserved_binary()
    return json.loads(subprocess.check_output([binary, "config-schema"]))


def test_every_kind_and_modifier_has_a_constructor():
    """What YAML can say, C can say: the tables of the loader against the headers."""
    forms = schema()["$defs"]["expression"]["anyOf"]
    kinds = {form["required"][0] for form in forms if "required" in form}
    assert {"prompt", "parallel", "value"} <= kinds
    modifiers = set.intersection(
        *(set(form["properties"]) - {form["required"][0]} for form in forms if "required" in form))
    assert {"name", "timeout"} <= modifiers
    wanted = {f"ls_{kind}" for kind in kinds} | {f"ls_with_{name}" for name in modifiers}
    assert wanted <= declared()


def symbols(path, *options):
    out = subprocess.check_output(["nm", "--defined-only", "--extern-only", *options, path],
                                  text=True)
    return {line.split()[-1] for line in out.splitlines() if len(line.split()) == 3}


def libraries():
    folder = servers.langserved_binary().parent
    return folder / "liblangserved.so", folder / "liblangserved.a"


def test_the_libraries_show_the_public_names_alone():
    shared, static = libraries()
    if os.environ.get("LANGSERVED_BIN", "").find("asan") >= 0:
        pytest.skip("sanitizers add names of their own to the libraries")
    assert symbols(shared, "--dynamic") == declared()
    assert symbols(static) == declared()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where `make install` puts things, and the environment of one who uses them."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", servers.langserved_binary().parent, "--prefix", prefix],
                   check=True, capture_output=True, timeout=60)
    pc, = prefix.glob("lib/**/langserved.pc")
    assert f"prefix={prefix}\n" in pc.read_text()
    return {**os.environ, "PKG_CONFIG_PATH": str(pc.parent),
            "LD_LIBRARY_PATH": str(pc.parent.parent)}


PAGE = (REPO / "docs/c-api.md").read_text()


@pytest.mark.parametrize("command", re.findall(r"^cc main\.c.*?(?=^```)", PAGE, re.M | re.S),
                         ids=["shared", "archive"])
def test_the_page_links(installed, command, tmp_path):
    """The commands of c-api.md, as they stand there."""
    (tmp_path / "main.c").write_text((HERE / "mistakes.c").read_text())
    if "asan" in str(servers.langserved_binary()):
        command = command.replace("cc ", "cc -fsanitize=address,undefined ", 1)
    subprocess.run(["sh", "-euc", command], check=True, cwd=tmp_path, env=installed, timeout=300)
    done = subprocess.run([tmp_path / "translate"], capture_output=True, text=True, env=installed,
                          timeout=60)
    assert done.returncode == 1 and "'/twice' was added already" in done.stdout
    needed = subprocess.check_output(["readelf", "-d", tmp_path / "translate"], text=True)
    assert ("liblangserved.so" in needed) == (".a" not in command)
