"""What the documents say is so."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
import servers

REPO = pathlib.Path(servers.REPO)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
PAGES = [REPO / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((REPO / "docs").glob("*.md"))


def blocks(page, language):
    return [text for name, text in FENCE.findall((REPO / page).read_text()) if name == language]


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """The server of the README's app.yaml."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "app.yaml").write_text(blocks("README.md", "yaml")[0])
    server = servers.langserved(folder / "app.yaml", folder, env={"MODEL": "demo"}).start()
    yield server
    server.stop_cleanly()


def moved(text, server):
    """A snippet with the address of the server under test."""
    return text.replace("http://127.0.0.1:8000", server.url)


def call(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tour_with_curl(tour):
    out = call("sh", "-euc", moved(blocks("README.md", "sh")[2], tour))
    assert "Bonjour, comment allez-vous ?" in out and "event: end" in out


def test_the_tour_in_python(tour):
    out = call(sys.executable, "-c", moved(blocks("README.md", "python")[0], tour))
    assert out == "Bonjour, comment allez-vous ?\n" + "Bonjour, comment allez-vous ?"


def test_the_tour_in_javascript(tour):
    node = os.environ.get("NODE") or shutil.which("node")
    modules = REPO / "tests/e2e/node_modules"
    if not node or not modules.exists():
        pytest.fail("node or tests/e2e/node_modules is missing: `npm ci --prefix tests/e2e`")
    script = REPO / "tests/e2e/tour.tmp.mjs"
    script.write_text(moved(blocks("README.md", "js")[0], tour))
    try:
        out = call(node, str(script))
    finally:
        script.unlink()
    assert out == "Bonjour, comment allez-vous ?\n" + "Bonjour, comment allez-vous ?"


def test_the_tour_from_the_shell(tour):
    binary = servers.langserved_binary()
    lines = moved(blocks("README.md", "sh")[3], tour).replace("build/langserved", str(binary))
    out = call("sh", "-euc", lines, cwd=tour.folder)
    assert out == "Bonjour, comment allez-vous ?\n" * 2


@pytest.mark.parametrize("page", [p for p in PAGES if "yaml" in dict(FENCE.findall(p.read_text()))],
                         ids=lambda page: page.name)
def test_every_yaml_block_is_an_app(page, tmp_path):
    """Whole files pass `check`; pieces of one (no `routes:`, or an unknown chain) are examples of a
    kind, which are checked as the chain of a route.  The plugin of the examples is at hand."""
    tools = pathlib.Path(os.environ.get("LANGSERVED_TOOLS") or REPO / "build-asan")
    shutil.copy(tools / "words.so", tmp_path)
    for i, text in enumerate(blocks(page, "yaml")):
        file = tmp_path / f"{i}.yaml"
        if "routes:" not in text:
            piece = "".join("      " + line for line in text.splitlines(True))
            text = f"routes:\n  /x:\n    chain:\n{piece}"
        file.write_text(text)
        done = subprocess.run([servers.langserved_binary(), "check", file], capture_output=True,
                              text=True, timeout=60,
                              env={**os.environ, "OPENAI_API_KEY": "sk-x", "TOKEN": "t"})
        unknown = "unknown chain or model" in done.stderr and page.name == "reference.md"
        assert done.returncode == 0 or unknown, f"{page.name}: {text}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#\s]*)#?[^)]*\)", text):
        if target and not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


PLACEHOLDER = """\
routes:
  /prompt:
    chain: {prompt: [{placeholder: history, optional: true}, [human, "{q}"]]}
  /chain:
    chain:
      - value: {history: [[human, a], {role: user, content: b}, c, {type: human, content: d}], q: e}
      - prompt: [{placeholder: history, optional: true}, [human, "{q}"]]
"""


def test_placeholders_take_what_the_pages_say(serve):
    """chains.md: every form within a chain, one form from clients; compatibility.md: null is 422."""
    server = serve(PLACEHOLDER)

    def ask(path, value):
        request = urllib.request.Request(f"{server.url}{path}/invoke",
                                         json.dumps({"input": value}).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                messages = json.load(answer)["output"]["messages"]
                return [message["content"] for message in messages]
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["detail"][0]["type"]

    assert ask("/chain", 1) == ["a", "b", "c", "d", "e"]
    assert ask("/prompt", {"q": "e"}) == ["e"]
    assert ask("/prompt", {"q": "e", "history": [{"type": "human", "content": "d"}]}) == ["d", "e"]
    assert ask("/prompt", {"q": "e", "history": None}) == (422, "list_type")
    for message in (["human", "a"], {"role": "user", "content": "b"}, "c"):
        assert ask("/prompt", {"q": "e", "history": [message]}) == (422, "union_tag_not_found")


def test_every_function_of_the_trace_exists():
    text = (REPO / "ARCHITECTURE.md").read_text()
    rows = re.findall(r"^\| `(\w+)\(\)` \| (src/\S+) \|", text, re.M)
    assert len(rows) > 25
    for name, path in rows:
        defined = re.search(rf"^[a-z][^;{{]*\b{name}\([^;]*?\)\s*\{{", (REPO / path).read_text(),
                            re.M | re.S)
        assert defined, f"{name}() is not defined in {path}"
    for name, path in re.findall(r"`(\w+)\(\)`\s+(?:in |\()(src/[\w/.]+)", text):
        assert f"{name}(" in (REPO / path).read_text(), f"{name}() is not in {path}"
    for path in set(re.findall(r"`(src/[\w/]+\.[ch])`", text)):
        assert path.endswith(("/x.c", "_x.c")) or (REPO / path).exists(), path


def test_errors_are_those_of_the_table():
    table = re.findall(r'LS_ERR\((\w+), (\d+), "([^"]+)", "([^"]+)"\)',
                       (REPO / "src/base/err.def").read_text())
    page = (REPO / "docs/errors.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| `LS_(\w+)` \| (.+) \|$", page, re.M)
    assert [(name, status, code, text) for code, status, name, text in rows] == table
    header = (REPO / "include/langserved/error.h").read_text()
    assert re.findall(r"^    LS_(\w+)(?: = 0)?,? +/", header, re.M) == [row[0] for row in table]


def test_every_option_of_the_makefile_is_there():
    done = call("make", "help", cwd=REPO)
    targets = re.findall(r"^(\S+)  ", done, re.M)
    assert {"build", "test", "lint", "bench", "fuzz", "install"} <= set(targets)


def test_the_tests_that_compatibility_names_exist():
    page = (REPO / "docs/compatibility.md").read_text().partition("## LangServe's own tests")[2]
    named = {name for row in page.splitlines() if row.startswith("| `")
             for name in re.findall(r"`(test_\w+)`", row.split("|")[2])}
    code = "".join((REPO / "tests" / name).read_text()
                   for name in ("e2e/test_langserve_behaviours.py", "wire/test_feedback.py"))
    assert named and named <= set(re.findall(r"^def (test_\w+)", code, re.M))


def test_the_tests_that_reliability_names_exist():
    """A fault without a test is no promise."""
    page = (REPO / "docs/reliability.md").read_text()
    rows = [row for row in page.splitlines() if row.startswith("| ") and not row.startswith(
        ("| Fault |", "| Attack |"))]
    assert len(rows) > 30
    for row in rows:
        shown = re.findall(r"`([\w/]+\.py)`", row.rstrip("| ").rpartition("|")[2])
        assert shown, row
        for path in shown:
            assert (REPO / "tests" / path).exists(), path
    cves = set(re.findall(r"CVE-\d+-\d+", page))
    tried = "".join(path.read_text() for path in REPO.glob("tests/security/*.py"))
    elsewhere = {"CVE-2026-25528", "CVE-2023-28858", "CVE-2023-28859"}  # tests that name none
    assert {cve for cve in cves if cve.rpartition("-")[2] not in tried} == elsewhere
