"""What a case is, and how one is written.

A case whose `differ` gives a reason shows a fault of the original, or a listed difference: there
`ours` names the statuses that are right.  Of FAULT_500 it is also checked that the original has it.
"""

import json
from dataclasses import dataclass

from wire_http import Request

TRANSLATE = {"language": "French", "text": "Hello"}
ENDPOINTS = ("invoke", "batch", "stream")
SCHEMAS = ("input_schema", "output_schema", "config_schema")

FAULT_500 = "the original answers 500 where the client is to blame"
JANSSON = "listed difference: what the JSON library cannot hold is refused"
STRICT = "listed difference: HTTP is read strictly"


@dataclass(frozen=True)
class Case:
    name: str
    request: Request
    racing: bool = False
    schema: bool = False
    differ: str = ""
    ours: tuple = ()


def text(value):
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()


def post(name, path, body, *headers, **more):
    known = {key: more.pop(key) for key in ("racing", "differ", "ours") if key in more}
    if not any(header[0] == "content-type" for header in headers):
        headers = (("content-type", "application/json"), *headers)
    return Case(name, Request("POST", path, text(body), headers, **more), **known)


def get(name, path, method="GET", **more):
    known = {key: more.pop(key) for key in ("schema", "differ", "ours") if key in more}
    return Case(name, Request(method, path, **more), **known)


def wrap(endpoint, value):
    return {"inputs": [value]} if endpoint == "batch" else {"input": value}
