"""A local server that speaks Ollama's own /api/chat, and misbehaves on demand.

It is steered as the OpenAI stub is (README.md). `reasoning` is what the model thinks,
`tool_calls` are [{"name", "arguments"}], `finish_reason` is done_reason.
"""

import json

import stub_changes
import stub_faults
from openai_stub import OpenAIStub
from stub_answers import DEFAULT_REPLY, cut_tokens
from stub_app import StubApp
from stub_reply import Reply, json_reply
from stub_steering import BadStep

ERRORS = {400: "invalid options: temperature", 401: "unauthorized",
          404: "model 'nothing' not found", 429: "too many requests",
          500: "model runner has unexpectedly stopped", 503: "server busy, please try again"}
CODES = {"context_length_exceeded": (400, "the input length exceeds the context length")}
KEYS = {"model", "messages", "stream", "format", "options", "keep_alive", "tools", "think",
        "logprobs", "top_logprobs"}


class OllamaApp(StubApp):
    """The routes of the API; lives on one event loop."""

    def route(self, record, request):
        """(step, Reply) for a request of the API; only chats have steps."""
        if not self.is_authorized(request):
            return {}, json_reply({"error": "unauthorized"}, 401)
        if (request.method, request.path) == ("POST", "/api/chat"):
            return self.answer(record, request)
        if (request.method, request.path) == ("GET", "/api/tags"):
            return {}, json_reply({"models": [{"name": "llama3.2:latest",
                                               "model": "llama3.2:latest"}]})
        return {}, Reply(404, "text/plain", frames=[b"404 page not found"])

    def answer(self, record, request):
        """A chat's answer, or what the step puts in its place."""
        body = request.json()
        problem = find_problem(body)
        if problem:
            return {}, json_reply({"error": problem}, 400)
        try:
            model, step = self.steering.next_step(body["model"])
        except BadStep as bad:
            return {}, json_reply({"error": str(bad)}, 400)
        record["model"], record["fault"] = body["model"], ",".join(step["faults"]) or None
        step = stub_faults.with_defaults(step)
        reply = other_reply(step) or chat_reply(body, step, model)
        reply.framing = step.get("framing", reply.framing)
        return step, reply


class OllamaStub(OpenAIStub):
    """The stub in a thread of its own."""

    app_class = OllamaApp

    @property
    def base_url(self):
        """What an Ollama client takes as its host."""
        return self.url


def error_of_step(step):
    """(status, body) for a step's `status` and `code`."""
    status, message = CODES.get(step.get("code"), (500, None))
    status = step.get("status", status)
    return status, {"error": step.get("message") or message or ERRORS.get(status, "failed")}


def other_reply(step):
    """The Reply of a fault that puts another answer in the place of a chat's."""
    status, body = error_of_step(step)
    if "error_in_200" in step["faults"]:
        return json_reply(body)
    return stub_faults.other_reply({"body": body, **step, "status": status}
                                   if "status" in step["faults"] else step)


def find_problem(body):
    """What is wrong with a request, or None."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not body["model"]:
        return "model is required"
    for key in sorted(body.keys() - KEYS):
        return f"unknown member {key}"
    if not isinstance(body.get("options", {}), dict):
        return "options: cannot unmarshal"
    for message in body.get("messages", []):
        if message.get("role") not in ("system", "user", "assistant", "tool"):
            return f"invalid role {message.get('role')}"
        if not isinstance(message.get("content", ""), str):
            return "json: cannot unmarshal array into Go struct field .content of type string"
        for call in message.get("tool_calls") or []:
            if not isinstance(call["function"]["arguments"], dict):
                return "json: cannot unmarshal string into Go struct field .arguments"
    for tool in body.get("tools") or []:
        if tool.get("type") != "function" or "parameters" not in tool["function"]:
            return "tools: invalid"
    return None


def chat_reply(body, step, model):
    """The Reply to a good request."""
    messages = _messages(body, step)
    streams = body.get("stream", True)
    base = {"model": model, "created_at": "2026-01-01T00:00:00.000000Z"}
    text = "".join(m.get("content", "") for m in messages)
    calls = [call for m in messages for call in m.get("tool_calls", [])]
    end = {"done": True, "done_reason": step.get("finish_reason", "stop"),
           "total_duration": 5000, "load_duration": 1000, "prompt_eval_duration": 10,
           "prompt_eval_count": sum(len(cut_tokens(m.get("content", "")))
                                    for m in body["messages"]),
           "eval_count": len(cut_tokens(text)) + len(calls), "eval_duration": 20}
    end.update(step.get("usage", {}))
    if not streams:
        whole = {"role": "assistant", "content": text}
        if any("thinking" in m for m in messages):
            whole["thinking"] = "".join(m.get("thinking", "") for m in messages)
        if calls:
            whole["tool_calls"] = calls
        messages = []
        items = [{**base, "message": whole, **end}]
    else:
        items = [{**base, "message": m, "done": False} for m in messages]
        items.append({**base, "message": {"role": "assistant", "content": ""}, **end})
    items = stub_changes.change(items, step, error_of_step(step)[1],
                                lambda item: streams and item["done"])
    kind = "application/x-ndjson" if streams else "application/json; charset=utf-8"
    return Reply(content_type=kind, frames=[_line(item) for item in items], is_stream=streams,
                 framing="chunked" if streams else "length")


def _messages(body, step):
    """The pieces of a streamed answer's message."""
    def said(**more):
        return {"role": "assistant", "content": "", **more}
    calls = [{"function": {"index": at, "name": c["name"], "arguments": c["arguments"]}}
             for at, c in enumerate(step.get("tool_calls", []))]
    reply = step.get("reply", "" if calls else DEFAULT_REPLY)
    thoughts = cut_tokens(step.get("reasoning", "")) if body.get("think", True) else []
    return ([said(thinking=t) for t in thoughts]
            + [said(content=t) for t in step.get("pieces") or cut_tokens(reply)]
            + ([said(tool_calls=calls)] if calls else []))


def _line(item):
    if isinstance(item, bytes):
        return item + b"\n"
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"
