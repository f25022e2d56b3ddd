"""The page at /playground/, in a browser."""

import json
import re

import browser
import httpx
import pytest

APP = """
server: {index: false%s}
models:
  hostile: {provider: fake, responses: ["<img src=x onerror=alert(1)> Bonjour"]}
  slow: {provider: fake, responses: [never], delay: 1h}
chains:
  say:
    chain: [{prompt: "Translate {text}"}, hostile, str]
  odd:
    chain: {lambda: input}
    input: {title: "</script><script>document.title='caught'</script>", type: string, default: "<!--"}
  prompts:
    - prompt: "A joke on {topic}"
      configurable:
        alternatives: {id: prompt, default: joke, options: {haiku: {prompt: "{topic} as {style}"}}}
    - hostile
routes:
  /say: say
  /odd: odd
  /slow: slow
  /prompts: prompts
  /told: {chain: say, playground_type: chat, feedback: true, public_trace_link: true}
  /a/deep/playground/route: say
"""
HAIKU = "N4Igxg9gdgZglgcwK4CcCGAjANgUxALlAAcUIBbIgFwJAAs04BrJEAX1aA"


@pytest.fixture
def page(tmp_path):
    if not browser.PROGRAM:
        pytest.skip("there is no chromium")
    page = browser.Page(tmp_path)
    yield page
    page.close()


def values_of(text):
    return json.loads(re.search(r'id="values">(.*?)</script>', text).group(1))


def press(page, name):
    page.run(f"document.querySelector('button[value={name}]').click()")
    page.until("!['', 'Running …'].includes(document.getElementById('status').textContent)")
    return page.run("[document.getElementById('output').textContent,"
                    " document.getElementById('status').textContent]")


def test_the_form_works(page, serve):
    server = serve(APP % "")
    page.open(server.url + "/say/playground/")
    assert page.run("document.title") == "/say · Playground"
    assert json.loads(page.run("document.getElementById('input').value")) == {"text": "text"}
    for kind in ("input", "output", "config"):
        shown = page.run(f"document.getElementById('{kind}_schema').textContent")
        assert json.loads(shown) == httpx.get(f"{server.url}/say/{kind}_schema").json()
    said = "<img src=x onerror=alert(1)> Bonjour"
    assert press(page, "stream") == [said, "Done"]
    assert press(page, "invoke") == [json.dumps(said), "Done"]
    assert page.problems == []
    page.run("document.getElementById('input').value = '{\"text\": 5}'")
    output, status = press(page, "invoke")
    assert "string_type" in output and status == "Status 422"
    page.run("document.getElementById('input').value = '{'")
    assert press(page, "stream")[1].startswith("The input is no JSON")


def test_a_run_is_stopped(page, serve):
    server = serve(APP % "")
    page.open(server.url + "/slow/playground/")
    page.run("document.getElementById('input').value = '\"x\"'")
    page.run("document.querySelector('button[value=stream]').click()")
    page.until("!document.getElementById('stop').disabled")
    page.run("document.getElementById('stop').click()")
    page.until("document.getElementById('status').textContent === 'Stopped'")


def test_nothing_in_a_schema_is_run(page, serve):
    server = serve(APP % "")
    page.open(server.url + "/odd/playground/")
    assert page.run("document.title") == "/odd · Playground"
    assert "<script>document.title" in page.run(
        "document.getElementById('input_schema').textContent")
    page.run("document.body.append(Object.assign(document.createElement('script'),"
             " {textContent: 'document.title = \"caught\"'}))")
    assert page.run("document.title") == "/odd · Playground"


def test_below_a_config_hash_and_a_prefix(page, serve):
    server = serve(APP % ", root_path: /v1")
    page.open(f"{server.url}/v1/prompts/c/{HAIKU}/playground/index.html")
    assert json.loads(page.run("document.getElementById('input').value")) == {
        "style": "style", "topic": "topic"}
    assert press(page, "stream")[1] == "Done"
    page.open(f"{server.url}/v1/a/deep/playground/route/playground/")
    assert page.run("document.title") == "/v1/a/deep/playground/route · Playground"
    assert press(page, "stream")[1] == "Done"


def test_values(serve):
    server = serve(APP % ", root_path: /v1")
    values = values_of(httpx.get(server.url + "/told/playground/").text)
    assert values["LANGSERVE_BASE_URL"] == "v1/told/playground"
    assert (values["LANGSERVE_FEEDBACK_ENABLED"], values["LANGSERVE_PUBLIC_TRACE_LINK_ENABLED"],
            values["PLAYGROUND_TYPE"]) == ("true", "false", "chat")
    text = httpx.get(server.url + "/odd/playground/").text
    assert "</script><script>d" not in text and "<!--" not in text
    assert values_of(text)["LANGSERVE_INPUT_SCHEMA"]["default"] == "<!--"


def test_files_and_headers(serve):
    server = serve(APP % "")
    base = server.url + "/say/playground/"
    policies = {httpx.get(base).headers["content-security-policy"] for _ in range(2)}
    assert len(policies) == 2 and all("default-src 'none'" in p and "unsafe" not in p
                                      for p in policies)
    icon = httpx.get(base + "favicon.ico")
    assert (icon.headers["content-type"], icon.content[:4]) == ("image/vnd.microsoft.icon",
                                                                b"\0\0\1\0")
    for name in ("x", "index.htm", "index.html/", "assets", "assets/", "/index.html", "a/b"):
        answer = httpx.get(base + name)
        assert (answer.status_code, answer.text) == (404, "Not Found")
        assert "content-type" not in answer.headers
    assert httpx.head(base).status_code == httpx.post(base).status_code == 405
    answer = httpx.get(base[:-1])
    assert (answer.status_code, answer.headers["location"]) == (307, base)
    answer = httpx.get(server.url + "/say/c/zzzz/playground/")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Invalid config hash"})
