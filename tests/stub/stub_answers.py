"""What the model says: a deterministic answer, as one completion or as its chunks.

Design: a request and a step make an Answer, which holds one Choice per `n`. `whole` and `chunks`
render it in the two forms of the API. Nothing here knows about sockets or faults.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

DEFAULT_REPLY = "The stub says: 你好，世界! Grüße 🦜🔗 and goodbye."
CREATED = 1_750_000_000
FINGERPRINT = "fp_57ab1e0f0a"


@dataclass
class Choice:
    """One choice: text, or tool calls, or a refusal."""
    pieces: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    refusal: list = field(default_factory=list)
    reasoning: list = field(default_factory=list)
    finish: str = "stop"


@dataclass
class Answer:
    """A whole answer: its identity and its choices."""
    id: str
    model: str
    created: int
    request: dict
    choices: list
    usage: dict
    interleave: bool = False


def make_answer(request, step, model, number):
    """The answer to a checked request; `step` may set reply, tool_calls, usage, …"""
    choices = [_make_choice(request, step, at) for at in range(request.get("n") or 1)]
    return Answer(id="chatcmpl-" + _digest(f"answer {number}", 29),
                  model=step.get("answer_model", model), created=CREATED + number,
                  request=request, choices=choices,
                  usage=step.get("usage") or count_usage(request, choices),
                  interleave=bool(step.get("interleave")))


def _make_choice(request, step, at):
    """The choice with index `at`."""
    if step.get("refusal"):
        return Choice(refusal=cut_tokens(step["refusal"]))
    calls = _tool_calls(request, step)
    reasoning = cut_tokens(step.get("reasoning", ""))
    if calls:
        forced = isinstance(request.get("tool_choice"), dict)
        finish = step.get("finish_reason", "stop" if forced else "tool_calls")
        return Choice(calls=calls, reasoning=reasoning, finish=finish)
    pieces, finish = _limit(request, step.get("pieces") or cut_tokens(_text(request, step, at)))
    return Choice(pieces=pieces, reasoning=reasoning, finish=step.get("finish_reason", finish))


def _text(request, step, at):
    """The text of choice `at`; later choices differ from the first."""
    suffix = "" if at == 0 else f" (choice {at})"
    if step.get("echo"):
        return message_text(request["messages"][-1]) + suffix
    if "reply" in step:
        return str(step["reply"]) + suffix
    form = request.get("response_format") or {}
    if form.get("type") == "json_schema":
        schema = form["json_schema"].get("schema", {})
        return json.dumps(sample_value(schema, schema), ensure_ascii=False)
    if form.get("type") == "json_object":
        return json.dumps({"answer": DEFAULT_REPLY + suffix}, ensure_ascii=False)
    return DEFAULT_REPLY + suffix


def _limit(request, pieces):
    """Applies `stop` and the token limit: (pieces, finish_reason)."""
    text = "".join(pieces)
    stops = request.get("stop") or []
    found = [text.find(s) for s in ([stops] if isinstance(stops, str) else stops)]
    found = [at for at in found if at >= 0]
    if found:
        pieces = cut_tokens(text[:min(found)])
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    if limit and len(pieces) > limit:
        return pieces[:limit], "length"
    return pieces, "stop"


def _tool_calls(request, step):
    """The calls the model makes: those of the step, or the one that tool_choice forces."""
    wanted = step.get("tool_calls") or _forced_call(request)
    return [{"id": call.get("id") or "call_" + _digest(f"call {at} {call['name']}", 24),
             "type": "function",
             "function": {"name": call["name"], "arguments": _arguments(call)}}
            for at, call in enumerate(wanted)]


def _arguments(call):
    """Arguments as the API sends them: JSON in a string; a string is taken as it is."""
    arguments = call.get("arguments", {})
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _forced_call(request):
    """A list with the call that the request insists on, or an empty one."""
    tools = [t["function"] for t in request.get("tools") or [] if t.get("type") == "function"]
    choice = request.get("tool_choice")
    if isinstance(choice, dict):
        name = choice.get("function", {}).get("name")
        tools = [t for t in tools if t["name"] == name]
    elif choice != "required":
        return []
    return [{"name": t["name"], "arguments": sample_value(t.get("parameters", {}),
                                                          t.get("parameters", {}))}
            for t in tools[:1]]


def sample_value(schema, root):
    """A value that fits a plain JSON schema; `root` resolves local references."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        return sample_value(target, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return sample_value(schema[key][0], root)
    return _sample_of_type(schema, root)


def _sample_of_type(schema, root):
    """A sample for a schema's `type`, an object if it has none."""
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {k: sample_value(v, root) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample_value(schema.get("items", {"type": "string"}), root)]
    return {"string": "text", "integer": 1, "number": 1.5, "boolean": True}.get(kind)


def cut_tokens(text):
    """Cuts a text into the pieces that are streamed; joined they are the text again."""
    return re.findall(r"\s?[A-Za-z0-9']+|.", text, re.DOTALL)


def message_text(message):
    """The text of a request's message, whose content may be a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(p.get("text", "") for p in content if isinstance(p, dict))


def count_usage(request, choices):
    """Deterministic token counts: one token per piece."""
    prompt = sum(3 + len(cut_tokens(message_text(m))) for m in request["messages"])
    reasoning = sum(len(c.reasoning) for c in choices)
    output = reasoning + sum(len(c.pieces) + len(c.refusal) + sum(
        len(cut_tokens(t["function"]["arguments"])) for t in c.calls) for c in choices)
    return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0,
                                          "accepted_prediction_tokens": 0,
                                          "rejected_prediction_tokens": 0}}


# ---- the whole form ----

def whole(answer):
    """The `chat.completion` object."""
    return {"id": answer.id, "object": "chat.completion", "created": answer.created,
            "model": answer.model,
            "choices": [_whole_choice(answer, at) for at in range(len(answer.choices))],
            "usage": answer.usage, "service_tier": "default",
            "system_fingerprint": FINGERPRINT}


def _whole_choice(answer, at):
    """One entry of `choices` of a whole answer."""
    choice = answer.choices[at]
    message = {"role": "assistant", "content": "".join(choice.pieces),
               "refusal": "".join(choice.refusal) or None, "annotations": []}
    if choice.reasoning:
        message["reasoning_content"] = "".join(choice.reasoning)
    if choice.calls:
        message["tool_calls"] = choice.calls
    if choice.calls or choice.refusal:
        message["content"] = None
    return {"index": at, "message": message,
            "logprobs": _logprobs(answer.request, choice.pieces),
            "finish_reason": choice.finish}


def _logprobs(request, tokens):
    """The `logprobs` object for some tokens, None unless asked for."""
    if not request.get("logprobs"):
        return None
    top = request.get("top_logprobs") or 0
    return {"content": [dict(_logprob(t, 0), top_logprobs=[_logprob(t, k) for k in range(top)])
                        for t in tokens], "refusal": None}


def _logprob(token, rank):
    """One token's log probability; lower ranks are invented variants."""
    shown = token if rank == 0 else f"{token}~{rank}"
    return {"token": shown, "logprob": -0.125 * (rank + 1), "bytes": list(shown.encode())}


# ---- the streamed form ----

def chunks(answer):
    """All `chat.completion.chunk` objects of an answer, the usage chunk included if asked for."""
    with_usage = bool((answer.request.get("stream_options") or {}).get("include_usage"))
    base = {"id": answer.id, "object": "chat.completion.chunk", "created": answer.created,
            "model": answer.model, "service_tier": "default", "system_fingerprint": FINGERPRINT}
    null_usage = {"usage": None} if with_usage else {}
    result = [dict(base, choices=[entry], **null_usage) for entry in _chunk_choices(answer)]
    if with_usage:
        result.append(dict(base, choices=[], usage=answer.usage))
    return result


def _chunk_choices(answer):
    """The single entries of `choices`, in order; several choices take turns."""
    rows = [_choice_rows(answer, at) for at in range(len(answer.choices))]
    for turn in range(max(len(r) for r in rows)):
        for row in rows:
            if turn < len(row):
                yield row[turn]


def _choice_rows(answer, at):
    """The streamed entries of one choice: role, then content, then the finish reason."""
    choice = answer.choices[at]
    deltas = _deltas(choice, answer.interleave)
    rows = [{"index": at, "delta": delta,
             "logprobs": _logprobs(answer.request, [delta["content"]])
             if delta.get("content") else None,
             "finish_reason": None} for delta in deltas]
    rows.append({"index": at, "delta": {}, "logprobs": None, "finish_reason": choice.finish})
    return rows


def _deltas(choice, interleave):
    """The deltas of a choice, the role first."""
    first = {"role": "assistant", "content": None if choice.calls else "", "refusal": None}
    rest = [{"reasoning_content": p} for p in choice.reasoning]
    rest += [{"refusal": p} for p in choice.refusal]
    rest += [{"content": p} for p in choice.pieces]
    rest += _call_deltas(choice.calls, interleave)
    if rest and "tool_calls" in rest[0]:
        return [dict(first, **rest[0])] + rest[1:]
    return [first] + rest


def _call_deltas(calls, interleave):
    """Tool calls as fragments: one call after the other, or all of them in every event."""
    rows = [_call_fragments(call, at) for at, call in enumerate(calls)]
    if not interleave:
        return [{"tool_calls": [fragment]} for row in rows for fragment in row]
    longest = max((len(row) for row in rows), default=0)
    return [{"tool_calls": [row[turn] for row in rows if turn < len(row)]}
            for turn in range(longest)]


def _call_fragments(call, at):
    """One call: its name first, then its arguments piece by piece."""
    first = {"index": at, "id": call["id"], "type": "function",
             "function": {"name": call["function"]["name"], "arguments": ""}}
    return [first] + [{"index": at, "function": {"arguments": piece}}
                      for piece in cut_tokens(call["function"]["arguments"])]


def _digest(text, length):
    """A stable identifier of letters and digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]
