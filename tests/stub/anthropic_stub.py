"""A local server that speaks Anthropic's Messages API, and misbehaves on demand.

It is steered as the OpenAI stub is (README.md). A step's `blocks` are the content as it is; without
them `reasoning`, `reply` or `pieces`, and `tool_calls` make it. `early_input: true` puts a call's
input into the block's first event; `bare_end: true` leaves the counts of input out of the last one.
"""

import json

import stub_changes
import stub_faults
from anthropic_errors import check_request, error_body, error_of_step
from openai_stub import OpenAIStub
from stub_answers import DEFAULT_REPLY, cut_tokens
from stub_app import StubApp
from stub_reply import SSE_TYPE, Reply, json_reply
from stub_steering import BadStep

MODELS = ("claude-sonnet-4-5", "claude-3-5-haiku-latest")


class AnthropicApp(StubApp):
    """The routes of the API; lives on one event loop."""

    def is_authorized(self, request):
        """Whether the request carries the key."""
        keys = (request.headers.get("x-api-key"),
                request.headers.get("authorization", "").removeprefix("Bearer "))
        return self.api_key is None or self.api_key in keys

    def refuse(self, request):
        """401 for a missing or a wrong key."""
        return api_reply(error_body("invalid x-api-key", "authentication_error"), 401)

    def route(self, record, request):
        """(step, Reply) for a request of the API; only messages have steps."""
        if not self.is_authorized(request):
            return {}, self.refuse(request)
        path = request.path
        if request.method == "POST" and path == "/v1/messages":
            return self.answer(record, request)
        if request.method == "GET" and path == "/v1/models":
            models = [{"type": "model", "id": m, "display_name": m,
                       "created_at": "2025-01-01T00:00:00Z"} for m in MODELS]
            return {}, api_reply({"data": models, "has_more": False, "first_id": MODELS[0],
                                  "last_id": MODELS[-1]})
        return {}, api_reply(error_body("Not found", "not_found_error"), 404)

    def answer(self, record, request):
        """A message, or what the step puts in its place."""
        body = request.json()
        error = check_request(body, request.headers)
        if error is not None:
            return {}, api_reply(error, 400)
        try:
            model, step = self.steering.next_step(body["model"])
        except BadStep as problem:
            return {}, api_reply(error_body(str(problem)), 400)
        record["model"], record["fault"] = body["model"], ",".join(step["faults"]) or None
        step = stub_faults.with_defaults(step)
        reply = other_reply(step) or message_reply(body, step, model, next(self.answer_numbers))
        reply.framing = step.get("framing", reply.framing)
        return step, reply


class AnthropicStub(OpenAIStub):
    """The stub in a thread of its own."""

    app_class = AnthropicApp

    @property
    def base_url(self):
        """What an Anthropic client takes as its base URL."""
        return self.url


def api_reply(body, status=200):
    """A JSON answer with the headers that Anthropic adds."""
    return json_reply(body, status, [("Request-Id", "req_011CStub")])


def other_reply(step):
    """The Reply of a fault that puts another answer in the place of a message's."""
    status, body = error_of_step(step)
    if "error_in_200" in step["faults"]:
        return json_reply(body)
    return stub_faults.other_reply({"body": body, **step, "status": status}
                                   if "status" in step["faults"] else step)


# ---- what the model says ----

def make_message(body, step, model, number):
    """The whole message."""
    blocks = step.get("blocks") or _blocks(step)
    called = any(block["type"] == "tool_use" for block in blocks)
    tokens = sum(len(cut_tokens(json.dumps(m["content"]))) for m in body["messages"])
    usage = {"input_tokens": tokens, "cache_creation_input_tokens": 0,
             "cache_read_input_tokens": 0, "service_tier": "standard",
             "output_tokens": sum(len(cut_tokens(json.dumps(b))) for b in blocks)}
    return {"id": f"msg_{number:08}", "type": "message", "role": "assistant", "model": model,
            "content": blocks, "stop_sequence": step.get("stop_sequence"),
            "stop_reason": step.get("finish_reason") or ("tool_use" if called else "end_turn"),
            "usage": step.get("usage", usage)}


def _blocks(step):
    blocks = []
    if step.get("reasoning"):
        blocks.append({"type": "thinking", "thinking": step["reasoning"], "signature": "c2lnbmVk"})
    text = "".join(step["pieces"]) if "pieces" in step else step.get("reply", DEFAULT_REPLY)
    if text:
        blocks.append({"type": "text", "text": text})
    for at, call in enumerate(step.get("tool_calls", [])):
        blocks.append({"type": "tool_use", "id": f"toolu_{at}", "name": call["name"],
                       "input": call["arguments"]})
    return blocks


# ---- how it is sent ----

def message_reply(body, step, model, number):
    """The Reply to a good request."""
    message = make_message(body, step, model, number)
    if not body.get("stream"):
        item, = stub_changes.change([message], step, error_of_step(step)[1], lambda _: False)
        return api_reply(item) if isinstance(item, dict) else Reply(frames=[as_bytes(item)])
    items = stub_changes.change(events(message, step), step, error_of_step(step)[1], is_end)
    return Reply(content_type=SSE_TYPE, headers=[("Cache-Control", "no-cache")],
                 frames=[frame(item) for item in items], framing="chunked", is_stream=True)


def is_end(item):
    """Whether an event says that the message is over."""
    return isinstance(item, dict) and item["type"] in ("message_delta", "message_stop")


def as_bytes(item):
    """An item as the bytes of JSON."""
    if isinstance(item, bytes):
        return item
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return text.encode("utf-8", "replace")


def frame(item):
    """An event with its name."""
    name = item["type"] if isinstance(item, dict) else "content_block_delta"
    return b"event: %b\ndata: %b\n\n" % (name.encode(), as_bytes(item))


def events(message, step):
    """All events of a streamed message."""
    usage = message["usage"]
    opening = {**message, "content": [], "stop_reason": None, "stop_sequence": None,
               "usage": {**usage, "output_tokens": 1}}
    rows = [{"type": "message_start", "message": opening}]
    for at, block in enumerate(message["content"]):
        start, deltas = _pieces(block, step)
        rows.append({"type": "content_block_start", "index": at, "content_block": start})
        rows += [{"type": "ping"}] if at == 0 else []
        rows += [{"type": "content_block_delta", "index": at, "delta": d} for d in deltas]
        rows.append({"type": "content_block_stop", "index": at})
    final = {k: v for k, v in usage.items() if k != "service_tier"}
    if step.get("bare_end"):
        final = {"output_tokens": usage["output_tokens"]}
    rows.append({"type": "message_delta", "usage": final,
                 "delta": {"stop_reason": message["stop_reason"],
                           "stop_sequence": message["stop_sequence"]}})
    return rows + [{"type": "message_stop"}]


def _pieces(block, step):
    """(the block as it starts, its deltas)"""
    kind = block["type"]
    if kind == "text":
        deltas = [{"type": "text_delta", "text": t} for t in step.get("pieces")
                  or cut_tokens(block["text"])]
        deltas += [{"type": "citations_delta", "citation": c} for c in block.get("citations") or []]
        return {"type": "text", "text": ""}, deltas
    if kind == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": t} for t in cut_tokens(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if kind in ("tool_use", "server_tool_use") and not step.get("early_input"):
        text = json.dumps(block["input"], ensure_ascii=False) if block["input"] else ""
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece}
                                        for piece in ["", *cut_tokens(text)]]
    return block, []
