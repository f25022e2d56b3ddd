"""Prompts of all sorts on the same inputs in LangChain and in langserved: the same messages and
texts, the same kinds of errors, the same schemas; and the same templates refused."""

import json

import pytest
import yaml
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate

import prompt_cases
from lcel_compare import fits, masked
from lcel_pairs import plain
from lcel_server import Failure, Ours, client
from prompt_cases import COMPOSED, PROMPTS


def asked():
    """(name, chains, expression, theirs, inputs) of all."""
    for prompt in PROMPTS:
        yield prompt.name, {}, prompt.ours, prompt.theirs, prompt.inputs
    for name, chains, theirs, inputs in COMPOSED:
        yield name, chains, name, theirs, inputs


ASKED = list(asked())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    import servers
    folder = tmp_path_factory.mktemp("prompts")
    app = {"server": {"upstream_errors": "tell"}, "chains": {}, "routes": {}}
    for name, chains, expression, _, _ in ASKED:
        app["chains"] |= chains
        app["routes"][f"/{name}"] = {"chain": {"chain": expression} if isinstance(expression, str) else expression,
                                     "input": {}, "output": {}, "errors": "json"}
        app["routes"][f"/typed/{name}"] = {"chain": expression}
    (folder / "app.yaml").write_text(yaml.safe_dump(app, allow_unicode=True, sort_keys=False), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder).start()
    yield server
    server.stop_cleanly()


def attempt(call):
    try:
        return call(), None
    except Exception as error:  # whatever a prompt raises is what is compared
        return None, error


def test_there_are_enough():
    assert sum(len(inputs) for *_, inputs in ASKED) >= 400
    assert len({name for name, *_ in ASKED}) == len(ASKED)


@pytest.mark.parametrize("name, theirs, inputs", [(n, t, i) for n, _, _, t, i in ASKED], ids=[a[0] for a in ASKED])
def test_prompts_give_what_langchains_give(server, name, theirs, inputs):
    with client() as http:
        route = Ours(http, f"{server.url}/{name}")
        for given in inputs:
            wanted, error = attempt(lambda g=given: plain(theirs().invoke(g)))
            made, failure = attempt(lambda g=given: route.invoke(g, {}))
            what = f"{given!r}: {made!r} {failure!r}, {wanted!r} {error!r}"
            assert failure is None or isinstance(failure, Failure), what
            assert (failure is None) == (error is None), what
            assert error is None or fits(failure.code, type(error).__name__), what
            assert masked(made) == masked(wanted), what


@pytest.mark.parametrize("name, theirs", [(n, t) for n, _, _, t, _ in ASKED], ids=[a[0] for a in ASKED])
def test_schemas_are_langchains(server, name, theirs):
    with client() as http:
        ours = http.get(f"{server.url}/typed/{name}/input_schema").json()
        wanted = theirs().get_input_jsonschema()
        if "AIMessage" in wanted.get("$defs", {}):  # whose texts are LangChain's own
            assert ours["properties"].keys() == wanted["properties"].keys()
            assert ours.get("required") == wanted.get("required")
        else:
            assert ours == wanted
        ours = http.get(f"{server.url}/typed/{name}/output_schema").json()
        assert ours["title"] == theirs().get_output_jsonschema()["title"]


EVENTS = ["partial", "template_mustache", "shots", "chat_shots_alone", "parts_text", "add"]


@pytest.mark.parametrize("name", EVENTS)
def test_steps_have_langchains_names(server, name):
    """Of the root, whose name is the route's: its class stands in the runs' log."""
    _, _, _, theirs, inputs = next(a for a in ASKED if a[0] == name)
    with client() as http:
        events, failure = Ours(http, f"{server.url}/{name}").events(inputs[0], {})
    assert failure is None
    kinds = [event["event"] for event in events]
    assert kinds == ["on_prompt_start", "on_prompt_end"], kinds
    assert theirs().get_name()


def check(folder, expression, chains=None):
    import servers
    app = {"chains": chains or {}, "routes": {"/x": {"chain": expression}}}
    (folder / "app.yaml").write_text(yaml.safe_dump(app, allow_unicode=True), encoding="utf-8")
    done = servers.check(folder / "app.yaml")
    assert "sanitizer" not in done.stderr.lower(), done.stderr
    return done


def refused_lines(folder, templates, **options):
    """Which of the templates are refused, by `check`, all in one file."""
    import servers
    text = "routes:\n" + "".join(
        f"  /r{i}: {json.dumps({'chain': {'template': t, **options}})}\n" for i, t in enumerate(templates))
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    done = servers.check(folder / "all.yaml")
    assert "sanitizer" not in done.stderr.lower(), done.stderr
    out = done.stdout + done.stderr
    return {int(line.split(":")[1]) - 2 for line in out.splitlines() if ": error: " in line}


def fails_later(template):
    """What LangChain takes and no input can fill: refused here when it is read."""
    return attempt(lambda: PromptTemplate.from_template(template).format(
        **{"": 1, "x": "s", "y": "s", " x ": "s"}))[1] is not None


def test_the_same_f_strings_are_refused(tmp_path):
    templates = list(dict.fromkeys(prompt_cases.f_strings()))
    refused = refused_lines(tmp_path, templates)
    assert 20 < len(refused) < len(templates)
    for i, template in enumerate(templates):
        theirs = attempt(lambda t=template: PromptTemplate.from_template(t))[1] is not None
        assert (i in refused) == (theirs or fails_later(template)), template


MUSTACHE_MISTAKES = ["{{a", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{}}", "{{ }}", "{{=a}}", "{{#a}}{{^b}}{{/a}}{{/b}}", "{{{a", "{{stop}}",
                     "{{#stop}}{{/stop}}", "{{=<% %>=}}<%a"]
MUSTACHE_FINE = ["{{a}}", "{{#a}}{{stop}}{{/a}}", "a}}", "{a", "{{>x}}", "{{{a}}", "{{!x}}"]


def test_the_same_mustache_is_refused(tmp_path):
    for template in MUSTACHE_MISTAKES + MUSTACHE_FINE:
        theirs = attempt(lambda t=template: PromptTemplate.from_template(t, template_format="mustache"))[1]
        assert (theirs is None) == (template in MUSTACHE_FINE), template
    refused = refused_lines(tmp_path, MUSTACHE_MISTAKES + MUSTACHE_FINE, format="mustache")
    assert refused == set(range(len(MUSTACHE_MISTAKES)))


def human(*parts):
    return {"prompt": [["human", list(parts)]]}


SHOT = {"examples": [{"a": 1}], "example": "{a}"}
# Refused here with these words; by LangChain, too, where the last one says so.
MISTAKES = [
    (human({"type": "text", "text": 5}), "expected a template, or {file: FILE}, not a number", True),
    (human({"type": "image_url", "image_url": "{a}{b}"}), "one variable at most", True),
    (human({"type": "image_url", "image_url": "{url}"}), "cannot be called url, path or detail", True),
    (human({"type": "image_url", "image_url": {"url": 5}}), "an image's url and detail are templates", True),
    (human({"type": "image_url", "image_url": ["x"]}), "image_url: expected a template", True),
    (human({"type": "x", "y": "{a.b}"}), "cannot contain attribute access", True),
    (human({"type": "x", "y": ["{"]}), "in the template:", True),
    (human(["a"]), "a part of a message is a template", True),
    ({"prompt": [["nobody", "x"]]}, "unknown role 'nobody'", True),
    ({"prompt": [["placeholder", "past"]]}, "a placeholder is a name in braces", True),
    ({"prompt": "{stop}"}, "cannot be called 'stop'", True),
    ({"prompt": "{x}", "partial": {"stop": 1}}, "cannot be called 'stop'", True),
    ({"prompt": [{"placeholder": "x", "n_messages": 0}]}, "n_messages", False),
    ({"prompt": "{x}", "format": "jinja2"}, "format", False),
    ({"prompt": "{x}", "partial": [1]}, "partial: expected a mapping", False),
    ({"prompt": "{x}", "partial_from": {}}, "partial_from: expected a mapping of expressions", False),
    ({"prompt": "{x}", "partial_from": {"x": "nobody"}}, "unknown chain or model 'nobody'", False),
    ({"prompt": [{"messages": "nobody"}]}, "unknown chain or model 'nobody'", False),
    ({"prompt": [{"messages": "str_chain"}]}, "messages: expected a `prompt`", False),
    ({"prompt": [{"messages": "itself"}]}, "inside themselves", False),
    ({"prompt": {"file": "nowhere.txt"}}, "nowhere.txt cannot be read: No such file", False),
    ({"prompt": {"file": "."}}, "it is no regular file", False),
    ({"prompt": {"file": "binary.txt"}}, "it is no text in UTF-8", False),
    ({"prompt": {"file": "large.txt"}}, "it has more than 1 MB", False),
    ({"prompt": {"file": "wrong.txt"}}, "in the template:", False),
    ({"prompt": {"flie": "x"}}, "did you mean 'file'", False),
    ({"prompt": {"text": None}}, 'which begins with a brace only in quotes: "{text}"', False),
    ({"few_shot": {"example": "{a}"}}, "examples", False),
    ({"few_shot": {**SHOT, "example": "{b}"}}, "the example has no variable 'b'", False),
    ({"few_shot": {**SHOT, "examples": [1]}}, "an example is a mapping", False),
    ({"few_shot": {**SHOT, "examples": [{"a": "{"}]}}, "in the example, whose text is a template", False),
    ({"few_shot": {**SHOT, "suffix": "{stop}"}}, "cannot be called 'stop'", False),
    ({"few_shot": {"examples": [{"a": 1}], "example": [["human", "{a}"]], "prefix": "x"}}, "prefix, suffix and separator", False),
    ({"few_shot": {"examples": [{"a": 1}], "example": [["human", "{a}"]], "max_length": 3}}, "need a `measure`", False),
    ({"prompt": [{"few_shot": SHOT}]}, "an `example` is a list of messages", False),
    ({"prompt": "{x}", "configurable": {"fields": {"partial_from": {}}}}, "which no run may write", False),
]


@pytest.mark.parametrize("expression, told, theirs", MISTAKES, ids=[f"{i} {m[1]}" for i, m in enumerate(MISTAKES)])
def test_mistakes_are_told(tmp_path, expression, told, theirs):
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "large.txt").write_text("x" * (1 << 20) + "y")
    (tmp_path / "wrong.txt").write_text("{x")
    done = check(tmp_path, expression, {"str_chain": ["str", "str"], "itself": {"prompt": [{"messages": "itself"}]}})
    assert done.returncode != 0 and told in done.stdout + done.stderr, done.stdout + done.stderr
    assert "app.yaml:" in done.stdout + done.stderr
    if theirs:
        messages = expression["prompt"]
        assert attempt(lambda: ChatPromptTemplate.from_messages(
            [tuple(m) for m in messages] if isinstance(messages, list) else [messages]).partial(
                **expression.get("partial", {})))[1] is not None


def test_files_and_computed_variables(tmp_path):
    import servers
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "a.txt").write_bytes("Grüße,\r\n{x}\r!\n".encode())
    app = {"chains": {"up": {"lambda": "text.upper(input.x)"}, "broken": {"lambda": "error('no')"}},
           "routes": {"/file": {"chain": {"prompt": [["system", {"file": "prompts/a.txt"}]]}},
                      "/computed": {"chain": {"prompt": "{x} {y} {z}", "partial": {"z": "Z"}, "partial_from": {"y": "up"}}},
                      "/broken": {"chain": {"prompt": "{y}", "partial_from": {"y": "broken"}}}}}
    (tmp_path / "app.yaml").write_text(yaml.safe_dump(app), encoding="utf-8")
    server = servers.langserved(tmp_path / "app.yaml", tmp_path).start()
    try:
        with client() as http:
            def ask(path, given):
                answer = http.post(f"{server.url}{path}/invoke", json={"input": given})
                return answer.json()["output"]["messages"][0]["content"] if answer.status_code == 200 else answer.status_code

            assert ask("/file", {"x": 1}) == 422 and ask("/file", {"x": "1"}) == "Grüße,\n1\n!\n"
            assert ask("/computed", {"x": "a"}) == "a A Z"
            assert ask("/broken", {}) == 500
            schema = http.get(f"{server.url}/computed/input_schema").json()
            assert schema["required"] == ["x"]
    finally:
        server.stop_cleanly()
