"""examples/types/app.yaml against pydantic models that say the same."""

import json
import sys
import pathlib
import urllib.error
import urllib.request
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints, ValidationError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import servers  # noqa: E402

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class TranslateInput(BaseModel):
    text: Text
    language: Literal["中文", "英语", "法语", "西班牙语", "日语"]


class TranslateRequest(BaseModel):
    text: str = Field(description="待翻译文本")
    source_lang: str = Field(default="auto", description="源语言")
    target_lang: str = Field(description="目标语言")


class TranslateResponse(BaseModel):
    translated_text: str
    detected_lang: str
    confidence: float


INPUTS = [
    {"text": "你好", "language": "法语"}, {"text": "  你好\n", "language": "法语", "more": 1},
    {"text": "", "language": "法语"}, {"text": " \u3000\n\t", "language": "法语"},
    {"text": "字" * 5000, "language": "日语"}, {"text": " " + "字" * 5000 + " ", "language": "日语"},
    {"text": "字" * 5001, "language": "日语"}, {"text": "x", "language": "Klingon"},
    {"text": "x", "language": None}, {"text": "x", "language": " 法语"}, {"language": "法语"},
    {"text": 5, "language": 5}, {}, [], "x", None, 5, {"text": ["x"], "language": {}},
]
REQUESTS = [
    {"text": "你好", "target_lang": "法语"}, {"text": "x", "target_lang": "y", "source_lang": "zh"},
    {"text": "x"}, {"target_lang": "y"}, {}, {"text": None, "target_lang": 1, "source_lang": []},
    {"text": "", "target_lang": ""}, [], None, "x", {"text": "x", "target_lang": "y", "z": 1},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = servers.langserved(servers.REPO / "examples/types/app.yaml",
                                 tmp_path_factory.mktemp("types")).start()
    yield started
    started.stop_cleanly()


def ask(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def check(server, path, model, value, output):
    status, answer = ask(server, path, {"input": value})
    try:
        model.model_validate(value)
    except ValidationError as e:
        assert (status, answer) == (422, {"detail": json.loads(json.dumps(e.errors()))})
    else:
        assert status == 200 and answer["output"] == output


@pytest.mark.parametrize("value", INPUTS, ids=lambda value: json.dumps(value)[:40])
def test_translate_input(server, value):
    check(server, "/translate/invoke", TranslateInput, value, "Bonjour le monde")


@pytest.mark.parametrize("value", REQUESTS, ids=lambda value: json.dumps(value)[:40])
def test_translate_request(server, value):
    output = TranslateResponse(translated_text="Bonjour le monde", detected_lang="zh",
                               confidence=0.95).model_dump()
    check(server, "/translate_v2/invoke", TranslateRequest, value, output)


@pytest.mark.parametrize("path, model", [
    ("/translate/input_schema", TranslateInput), ("/translate_v2/input_schema", TranslateRequest),
    ("/translate_v2/output_schema", TranslateResponse)])
def test_schemas(server, path, model):
    schema = ask(server, path)[1]
    for member in schema["properties"].values():
        member.pop("trim", None)  # ours alone
    assert schema == model.model_json_schema()
