"""/docs: Swagger UI out of the program itself, under a policy that allows nothing else."""

import gzip
import json
import shutil
import subprocess
import urllib.request

import pytest

import servers

TRANSLATE = servers.REPO / "examples" / "translate" / "app.yaml"
NODE_MODULES = servers.TESTS / "e2e" / "node_modules"
PAGES = ["/docs", "/redoc", "/docs/oauth2-redirect"]
FILES = ["/docs/docs.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/LICENSE",
         "/docs/swagger-ui-bundle.js.LICENSE.txt", "/docs/oauth2-redirect.js"]


@pytest.fixture
def translate(serve):
    return serve(TRANSLATE, env={"TRANSLATE_MODEL": "demo"})


def ask(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers, answer.read()


@pytest.mark.parametrize("path", PAGES + FILES)
def test_files(translate, path):
    headers, body = ask(translate.url + path)
    assert body and "content-encoding" not in headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    head, nothing = ask(translate.url + path, "HEAD")
    assert nothing == b"" and head["content-length"] == str(len(body))
    if path in FILES:
        packed, squeezed = ask(translate.url + path, **{"Accept-Encoding": "br, GZIP;q=0.5"})
        assert packed["content-encoding"] == "gzip" and gzip.decompress(squeezed) == body


@pytest.mark.parametrize("accepted, packed", [
    ("gzip;q=0", False), ("identity", False), ("gzipped", False), ("*", True), ("*;q=0", False),
    ("x-gzip", True), ("deflate,gzip ; q=1.0", True), ("gzip; q=0.000, *", False)])
def test_who_takes_gzip(translate, accepted, packed):
    headers, _ = ask(translate.url + "/docs/docs.js", **{"Accept-Encoding": accepted})
    assert (headers.get("content-encoding") == "gzip") is packed


def test_titles_are_text(serve):
    server = serve("app: {title: '</title><script>alert(1)</script>'}\nroutes: {/a: passthrough}\n")
    _, page = ask(server.url + "/docs")
    assert b"<script>alert" not in page and b"&lt;script&gt;alert" in page


def node_version():
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip("v").split(".")[0])


@pytest.mark.parametrize("prefix", ["", "/api"], ids=["", "below_a_prefix"])
def test_in_a_browser(serve, tmp_path, prefix):
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if not chromium:
        pytest.skip("Chromium is not installed: scripts/setup --test installs it")
    if not (NODE_MODULES / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: npm ci --prefix tests/e2e")
    if node_version() < 20:
        pytest.skip("playwright-core needs Node.js 20")
    text = TRANSLATE.read_text(encoding="utf-8")
    server = serve(f"server: {{root_path: {prefix or '/'}}}\n{text}", env={"TRANSLATE_MODEL": "demo"})
    looked = subprocess.run(
        ["node", servers.TESTS / "openapi" / "docs_page.mjs", chromium, server.url + prefix,
         NODE_MODULES, tmp_path / "docs.png"],
        capture_output=True, text=True, timeout=120, check=False)
    assert looked.returncode == 0, looked.stdout + looked.stderr
    seen = json.loads(looked.stdout)
    assert seen["complaints"] == [] and seen["foreign"] == []
    assert seen["title"] == "翻译服务 API" and seen["operations"] >= 18
    assert "Bonjour, comment allez-vous ?" in seen["answer"]
    assert f'"{prefix}/translate/invoke"' in server.log()
