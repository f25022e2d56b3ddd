"""/openapi.json: valid for the tools that read such documents, LangServe's in names and structure."""

import json
import os
import pathlib
import shutil
import subprocess
import urllib.request

import pytest
from openapi_spec_validator import validate

import servers

NODE_MODULES = servers.TESTS / "e2e" / "node_modules"
APPS = sorted((servers.REPO / "examples").glob("*/app.yaml"))
# Whatever may clash or look odd in a document: paths of other scripts, paths that differ in their
# punctuation alone, titles that are taken, schemas that refer to themselves, plain endpoints.
ODD = """
app: {title: "<b>Odd</b>", description: "Line\\nbreak"}
server: {errors: problem}
chains:
  same: passthrough
  tree:
    lambda: input
    input:
      $defs: {Node: {type: object, properties: {next: {$ref: "#/$defs/Node"}}}}
      $ref: "#/$defs/Node"
      title: Node
  other:
    lambda: input
    input: {title: Node, type: object, properties: {default: {type: string, default: null}}}
routes:
  /: tree
  /翻译: same
  /总结: same
  /a-b: other
  /a_b: other
  /deep/er: {chain: same, input: {type: string}, output: {title: Problem, type: string}}
  /plain: {chain: same, as: rest, input: {type: object, properties: {q: {type: string}}}}
  /query:
    {chain: same, as: rest, method: GET, errors: json,
     input: {title: Query, type: object, properties: {q: {type: string}, n: {type: integer}},
             required: [q]}}
  /kept: {chain: same, resumable: true}
  /guarded:
    chain: other
    require: {headers: {x-token: {equals: a}}, cookies: {session: {}}}
"""


def document_of(server, **headers):
    request = urllib.request.Request(server.url + "/openapi.json", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["content-type"] == "application/json"
        return json.load(answer)


def operations(document):
    return [operation for path in document["paths"].values() for operation in path.values()]


def refs(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    for item in value if isinstance(value, list) else []:
        yield from refs(item)


def check(document):
    """What every document keeps to."""
    validate(document)
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    used = set(refs(document))
    assert used <= named, used - named
    assert list(document["components"]["schemas"]) == sorted(document["components"]["schemas"])


def built(app):
    """An example's plugin has to be compiled first: its document is that of its siblings."""
    return app.parent.name != "plugin"


@pytest.mark.parametrize("app", list(filter(built, APPS)), ids=lambda app: app.parent.name)
def test_examples(serve, app):
    check(document_of(serve(app)))


@pytest.fixture
def odd(serve):
    return document_of(serve(ODD))


def test_odd_names(odd):
    check(odd)
    schemas = odd["components"]["schemas"]
    assert schemas["Node"] == {"$ref": "#/components/schemas/Node_2", "title": "Node"}
    assert schemas["Node_2"]["properties"]["next"] == {"$ref": "#/components/schemas/Node_2"}
    assert schemas["Problem"]["title"] == "Problem"  # the document's own: the route's is renamed
    assert schemas["deep_erProblem"] == {"title": "deep_erProblem", "type": "string"}
    assert schemas["a_bNode"]["properties"]["default"] == {"type": "string", "title": "default"}
    assert {"__InvokeRequest", "___2InvokeRequest", "a_b_2InvokeRequest"} <= set(schemas)


def test_plain_endpoints_and_requirements(odd):
    plain = odd["paths"]["/plain"]["post"]
    assert "requestBody" in plain and plain["operationId"] == "plain_plain_post"
    query = odd["paths"]["/query"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in query["parameters"]] == [
        ("q", "query", True), ("n", "query", False)]
    assert "requestBody" not in query
    guarded = odd["paths"]["/guarded/config_schema"]["get"]
    assert [(p["name"], p["in"], p["required"]) for p in guarded["parameters"]] == [
        ("x-token", "header", True), ("session", "cookie", True)]


def test_every_way_is_described(odd):
    """The site's own answers, and errors in the shape that the route speaks."""
    assert {"/health", "/"} <= set(odd["paths"])
    content = odd["paths"]["/query"]["get"]["responses"]["default"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    stream = odd["paths"]["/a-b/stream"]["post"]["responses"]["200"]["content"]
    assert list(stream) == ["text/event-stream"]


def test_runs_that_are_kept(odd):
    """Their endpoints are described where there are any, unless LangServe's document is asked for."""
    found = {path for path in odd["paths"] if "/runs/" in path}
    assert found == {"/kept/runs/{run_id}/events", "/kept/runs/{run_id}/cancel"}
    events = odd["paths"]["/kept/runs/{run_id}/events"]["get"]
    assert list(events["responses"]["200"]["content"]) == ["text/event-stream"]
    assert [(p["name"], p["in"]) for p in events["parameters"]] == [("run_id", "path")]


def test_servers(serve):
    app = "server: {root_path: /api, trust_forwarded: true}\nroutes: {/a: passthrough}\n"
    server = serve(app)
    assert document_of(server)["servers"] == [{"url": "/api"}]
    forwarded = document_of(server, **{"X-Forwarded-Prefix": "/by/proxy"})
    assert forwarded["servers"] == [{"url": "/by/proxy"}]


def test_docs_may_be_off(serve):
    server = serve("server: {docs: false}\nroutes: {/a: passthrough}\n")
    for path in ("/openapi.json", "/docs", "/redoc", "/docs/docs.js"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.url + path, timeout=30)
        assert refused.value.code == 404


def test_equal_to_the_original(ours, original):
    """The document of tests/wire/app.yaml beside that of app.py: the paths that both have."""
    mine, theirs = without_descriptions(document_of(ours)), \
        without_descriptions(document_of(original))
    paths = [path for path in theirs["paths"] if path in mine["paths"] and path != "/healthz"]
    assert len(paths) > 100
    for path in paths:
        assert mine["paths"][path] == theirs["paths"][path], path
    assert sorted((path for path in mine["paths"] if path in paths), key=by_route) == \
        sorted(paths, key=by_route)
    schemas = mine["components"]["schemas"]
    different = {name for name, schema in theirs["components"]["schemas"].items()
                 if name in schemas and schemas[name] != schema}
    # Where a chain's type is another on purpose (docs/compatibility.md), and what refers to it;
    # answers with callback events, whose types are described as one.
    on_purpose = ("parallel", "RunnableParallel_a_b_", "history_untyped", "events")
    assert not {name for name in different if not name.startswith(on_purpose)}


def by_route(path):
    """The two apps name their routes in another order."""
    return path.split("/")[1]


def without_descriptions(value):
    if isinstance(value, list):
        return [without_descriptions(item) for item in value]
    if isinstance(value, dict):
        return {key: without_descriptions(item) for key, item in value.items()
                if key != "description" or isinstance(item, dict)}
    return value


def node_version():
    node = shutil.which("node")
    if not node:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip("v").split(".")[0])


@pytest.mark.parametrize("app", [ODD, servers.REPO / "examples" / "translate" / "app.yaml"],
                         ids=["odd", "translate"])
def test_redocly(serve, tmp_path, app):
    if node_version() < 20:
        pytest.skip("Redocly's linter needs Node.js 20")
    if not (NODE_MODULES / "@redocly" / "cli").is_dir():
        pytest.skip("Redocly's linter is not installed: npm ci --prefix tests/e2e")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document_of(serve(app))), encoding="utf-8")
    linted = subprocess.run([NODE_MODULES / ".bin" / "redocly", "lint", "--format=json", file],
                            capture_output=True, text=True, timeout=120, check=False,
                            env={**os.environ, "REDOCLY_TELEMETRY": "off", "CI": "1"},
                            cwd=pathlib.Path(tmp_path))
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert json.loads(linted.stdout[linted.stdout.index("{"):])["totals"]["errors"] == 0
