"""A local server that speaks Azure's OpenAI service, and misbehaves on demand.

It is steered as the OpenAI stub is (README.md).  What is Azure's own: the address of a deployment, the
version in the query, the key in `api-key`, filters in answers, and the opening event of streams.
"""

import re
from urllib.parse import parse_qs, urlsplit

import stub_answers
from openai_stub import OpenAIStub
from stub_app import StubApp
from stub_reply import json_reply

DEPLOYMENT = re.compile(r"/openai/deployments/[\w.-]+/chat/completions")
SAFE = {kind: {"filtered": False, "severity": "safe"}
        for kind in ("hate", "self_harm", "sexual", "violence")}


class AzureForm:
    """OpenAI's answers, and what Azure adds to them."""

    @staticmethod
    def whole(answer):
        body = stub_answers.whole(answer)
        for choice in body["choices"]:
            choice["content_filter_results"] = SAFE
        return {**body, "prompt_filter_results": _prompt_filters()}

    @staticmethod
    def chunks(answer):
        chunks = stub_answers.chunks(answer)
        for chunk in chunks:
            for choice in chunk["choices"]:
                choice["content_filter_results"] = {}
        opening = {**chunks[0], "id": "", "created": 0, "model": "", "object": "",
                   "choices": [], "prompt_filter_results": _prompt_filters()}
        return [{k: v for k, v in opening.items() if k != "service_tier"}, *chunks]


class AzureApp(StubApp):
    """The routes of the API; lives on one event loop."""

    chat_form = AzureForm

    def route(self, record, request):
        """(step, Reply) for a request of the API; only completions have steps."""
        if self.api_key is not None and request.headers.get("api-key") != self.api_key:
            return {}, _refuse(401, "Access denied due to invalid subscription key or wrong API "
                                    "endpoint. Make sure to provide a valid key for an active "
                                    "subscription.")
        known = DEPLOYMENT.fullmatch(request.path) and request.method == "POST"
        if not known or not parse_qs(urlsplit(request.target).query).get("api-version"):
            return {}, _refuse(404, "Resource not found")
        return super().route(record, request)

    def is_authorized(self, request):
        """The key was looked at."""
        return True


class AzureStub(OpenAIStub):
    """The stub in a thread of its own."""

    app_class = AzureApp

    @property
    def base_url(self):
        """What an Azure client takes as its endpoint."""
        return self.url


def _prompt_filters():
    return [{"prompt_index": 0, "content_filter_results": SAFE}]


def _refuse(status, message):
    return json_reply({"error": {"code": str(status), "message": message}}, status)
