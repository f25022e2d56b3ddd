"""What plain endpoints (`as: rest`) say of bodies and queries that do not fit, against FastAPI."""

import typing

import fastapi
import httpx
import pydantic
from fastapi.testclient import TestClient


class Inner(pydantic.BaseModel):
    a: int


class Asked(pydantic.BaseModel):
    text: str = pydantic.Field(max_length=5)
    n: int = 1
    inner: Inner = Inner(a=1)


class Query(pydantic.BaseModel):
    q: int
    r: str


original = fastapi.FastAPI()


@original.post("/body")
async def body(asked: Asked):
    return asked


@original.get("/query")
async def query(asked: typing.Annotated[Query, fastapi.Query()]):
    return asked


APP = """\
routes:
  /body:
    chain: passthrough
    as: rest
    input:
      title: Asked
      type: object
      properties:
        text: {type: string, maxLength: 5}
        n: {type: integer, default: 1}
        inner: {title: Inner, type: object, properties: {a: {type: integer}}, required: [a], default: {a: 1}}
      required: [text]
  /query:
    chain: passthrough
    as: rest
    method: GET
    input: {title: Query, type: object, properties: {q: {type: integer}, r: {type: string}}, required: [q, r]}
"""

BODIES = ['{"text": "a", "n": "7"}', '{"text": "too long"}', "{}", "[]", '"x"', "null", "", '{"text":', "{'a'}", "7 8",
          '{"text": "a", "n": "x", "inner": []}', '{"text": "a", "inner": {"a": "z"}}', "\xff"]
JSON = {"content-type": "application/json"}


def test_what_does_not_fit_is_told_as_fastapi_does(serve):
    server = serve(APP)
    with TestClient(original) as theirs, httpx.Client(base_url=server.url, timeout=60) as ours:
        for text in BODIES:
            data = text.encode("latin-1")
            expected, answer = [client.post("/body", content=data, headers=JSON)
                                for client in (theirs, ours)]
            assert (answer.status_code, answer.json()) == (
                expected.status_code, expected.json()), text
        for text in ("q=x", "q=1&r=a", ""):
            expected, answer = [client.get("/query?" + text) for client in (theirs, ours)]
            assert (answer.status_code, answer.json()) == (
                expected.status_code, expected.json()), text
