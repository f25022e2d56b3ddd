"""A local server that speaks Gemini's OpenAI-compatible endpoint, and misbehaves on demand.

It is steered as the OpenAI stub is (README.md).  What is Gemini's own: the path, errors that are lists,
members that it refuses (`n`, `seed`, …), calls without ids, whole pieces in streams, usage in the last
of them, and none of OpenAI's `system_fingerprint`, `service_tier`, `logprobs`, `refusal`.
"""

import stub_answers
from openai_stub import OpenAIStub
from stub_app import StubApp
from stub_reply import json_reply

PREFIX = "/v1beta/openai"
KNOWN = {"model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop",
         "stream", "stream_options", "tools", "tool_choice", "response_format", "reasoning_effort",
         "presence_penalty", "frequency_penalty"}
OWN = ("service_tier", "system_fingerprint")


class GeminiForm:
    """Answers as Gemini words them."""

    @staticmethod
    def whole(answer):
        body = stub_answers.whole(answer)
        choice = body["choices"][0]
        message = {k: v for k, v in choice["message"].items() if k in ("role", "content", "tool_calls")
                   and v is not None}
        for call in message.get("tool_calls", []):
            del call["id"]
        body["choices"] = [{"finish_reason": "stop", "index": 0, "message": message}]
        return {**_without_own(body), "usage": _usage(answer)}

    @staticmethod
    def chunks(answer):
        choice = answer.choices[0]
        deltas = [{"content": piece} for piece in choice.pieces]
        deltas += [{"tool_calls": [{"index": at, "type": "function", "function": call["function"]}]}
                   for at, call in enumerate(choice.calls)]
        base = _without_own({**stub_answers.whole(answer), "object": "chat.completion.chunk"})
        del base["usage"]
        chunks = [{**base, "choices": [{"index": 0, "delta": {"role": "assistant", **delta}}]}
                  for delta in deltas]
        chunks[-1]["choices"][0]["finish_reason"] = "stop"
        if (answer.request.get("stream_options") or {}).get("include_usage"):
            chunks[-1]["usage"] = _usage(answer)
        return chunks


class GeminiApp(StubApp):
    """The routes of the API; lives on one event loop."""

    chat_form = GeminiForm

    def route(self, record, request):
        """(step, Reply) for a request of the API; only completions have steps."""
        if not self.is_authorized(request):
            return {}, refuse(400, "API key not valid. Please pass a valid API key.",
                              "INVALID_ARGUMENT")
        if request.path != f"{PREFIX}/chat/completions":
            return {}, refuse(404, "Not Found", "NOT_FOUND")
        for name in sorted((request.json() or {}).keys() - KNOWN):
            return {}, refuse(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot '
                                   "find field.", "INVALID_ARGUMENT")
        return super().route(record, request)


class GeminiStub(OpenAIStub):
    """The stub in a thread of its own."""

    app_class = GeminiApp

    @property
    def base_url(self):
        """What a client takes as its base URL."""
        return self.url + PREFIX + "/"


def refuse(status, message, name):
    """An error as Gemini words it."""
    return json_reply([{"error": {"code": status, "message": message, "status": name}}], status)


def _usage(answer):
    return {k: answer.usage[k] for k in ("completion_tokens", "prompt_tokens", "total_tokens")}


def _without_own(body):
    return {k: v for k, v in body.items() if k not in OWN}
