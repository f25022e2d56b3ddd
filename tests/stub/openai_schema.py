"""Checks requests and answers against OpenAI's published schema (needs jsonschema).

The schema is looked for in $LANGSERVED_SHARED/corpora/openai, by default in ../shared beside the
checkout; `open_schema()` is None without it. The schema is written for OpenAPI 3.1, but still uses
`nullable` of 3.0, which is translated here.
"""

import gzip
import json
import os
from pathlib import Path

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_ROOT = Path(__file__).resolve().parents[2]


def open_schema():
    """The published schema, or None if it is not there."""
    shared = Path(os.environ.get("LANGSERVED_SHARED", _ROOT.parent / "shared"))
    path = shared / "corpora" / "openai" / "openapi.json.gz"
    return OpenAISchema(path) if path.exists() else None


def _translate(node):
    """A copy with `nullable: true` spelled as an alternative."""
    if isinstance(node, list):
        return [_translate(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _translate(value) for key, value in node.items()}
    if node.get("nullable") is True:
        del node["nullable"]
        return {"anyOf": [node, {"type": "null"}]}
    return node


class OpenAISchema:
    """The components of the published document, by name."""

    def __init__(self, path):
        with gzip.open(path) as file:
            document = _translate(json.load(file))
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:openai", resource)
        self._names = document["components"]["schemas"]
        self._validators = {}

    def errors(self, name, value):
        """What is wrong with `value` as a component `name`, as sentences; [] if nothing."""
        if name not in self._validators:
            self._validators[name] = jsonschema.Draft202012Validator(
                {"$ref": f"urn:openai#/components/schemas/{name}"}, registry=self._registry)
        return [f"{error.json_path}: {error.message[:300]}"
                for error in self._validators[name].iter_errors(value)]

    def request_errors(self, body):
        """For the body of a completion request, names that the schema does not know included."""
        return self.errors("CreateChatCompletionRequest", body) + [
            f"$.{key}: not a known parameter" for key in body if key not in self._known()]

    def completion_errors(self, body):
        """For a whole completion."""
        return self.errors("CreateChatCompletionResponse", body)

    def chunk_errors(self, body):
        """For one chunk of a stream."""
        return self.errors("CreateChatCompletionStreamResponse", body)

    def _known(self):
        """The names of a completion request's parameters."""
        return _properties(self._names["CreateChatCompletionRequest"], self._names)


def _properties(schema, names):
    """All property names of an object schema that is built with allOf and $ref."""
    found = set(schema.get("properties", {}))
    if "$ref" in schema:
        found |= _properties(names[schema["$ref"].rsplit("/", 1)[1]], names)
    for part in schema.get("allOf", []):
        found |= _properties(part, names)
    return found
