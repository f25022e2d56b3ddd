"""`check` of a route: what is wrong with an input beyond its schema."""

import httpx
import pytest

APP = """\
lua: {time: 5s}
routes:
  /languages:
    chain: {lambda: input.text}
    input:
      type: object
      properties: {text: {type: string, trim: true}, source: {type: string}, target: {type: string}}
      required: [text, source, target]
    check: |
      if input.source == input.target then
        return "the same language twice"
      elseif input.text == "raise" then
        error{status = 422, message = "raised"}
      elseif input.text == "bug" then
        return nothing.at.all
      elseif input.text == "hog" then
        while true do end
      elseif input.text == "no" then
        return false
      elseif input.text == "run" then
        return invoke("other", "")
      end
      return true
  /file: {chain: {lambda: input}, input: {type: integer}, check: {file: check.lua, function: even}}
  /rest: {chain: {lambda: input}, as: rest, check: 'input.a and "no a"'}
chains:
  other: {lambda: input}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checks")
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    (folder / "check.lua").write_text(
        "function even(n) if n % 2 == 1 then return n .. ' is odd' end end", encoding="utf-8")
    return folder


def refusal(answer):
    assert answer.status_code == 422, answer.text
    (error, ) = answer.json()["detail"]
    assert error["type"] == "value_error" and error["ctx"] == {"error": {}}
    assert error["msg"].startswith("Value error, ")
    return error["loc"], error["msg"][13:], error["input"]


def given(text, target="de"):
    return {"text": text, "source": "fr", "target": target}


@pytest.fixture
def post(serve, folder):
    server = serve(folder / "app.yaml")
    return lambda path, body: httpx.post(server.url + path, json=body, timeout=30)


def test_checks(post):
    assert post("/languages/invoke", {"input": given(" well ")}).json()["output"] == "well"
    twice = given("x", "fr")
    assert refusal(post("/languages/invoke", {"input": twice})) == ([], "the same language twice",
                                                                     twice)
    assert refusal(post("/languages/stream", {"input": twice}))[1] == "the same language twice"
    assert refusal(post("/languages/batch", {"inputs": [given("x"), twice]}))[0] == ["inputs", 1]
    assert refusal(post("/languages/invoke", {"input": given("no")}))[1] == "the input is not allowed"
    assert refusal(post("/languages/invoke", {"input": given("raise")}))[1] == "raised"
    missing = post("/languages/invoke", {"input": {}}).json()["detail"]
    assert [error["type"] for error in missing] == ["missing"] * 3, "no check of what is no input"


@pytest.mark.parametrize("text", ["bug", "hog", "run"])
def test_checks_that_fail_themselves(post, text):
    assert refusal(post("/languages/invoke", {"input": given(text)}))[1] == \
        "the input could not be checked"
    assert post("/languages/invoke", {"input": given("well")}).status_code == 200


def test_functions_of_files_and_plain_endpoints(post):
    assert post("/file/invoke", {"input": "2"}).json()["output"] == 2
    assert refusal(post("/file/invoke", {"input": "3"})) == ([], "3 is odd", "3")
    assert post("/rest", {"b": 1}).json() == {"b": 1}
    assert refusal(post("/rest", {"a": 1}))[1] == "no a"
