"""Completions of texts: the same answers as stub_answers makes, in the older API's form."""

from stub_answers import FINGERPRINT
from stub_errors import error_body


def as_chat(body):
    """The chat request that asks the same, for a request that is well."""
    prompt = body["prompt"] if isinstance(body["prompt"], str) else body["prompt"][0]
    known = {key: value for key, value in body.items() if key not in ("prompt", "logprobs")}
    return {**known, "messages": [{"role": "user", "content": prompt}],
            "max_tokens": body.get("max_tokens") or 16}


def check_prompt(body):
    """The error body of a malformed request, or None."""
    prompt = body.get("prompt")
    one = [prompt] if isinstance(prompt, str) else prompt
    if not isinstance(one, list) or len(one) != 1 or not isinstance(one[0], str):
        return error_body("Missing or invalid parameter: 'prompt'.", param="prompt",
                          code="missing_required_parameter")
    if "messages" in body:
        return error_body("Unrecognized request argument supplied: messages", param="messages")
    return None


def _base(answer):
    return {"id": answer.id.replace("chatcmpl", "cmpl"), "object": "text_completion",
            "created": answer.created, "model": answer.model, "system_fingerprint": FINGERPRINT}


def _entry(at, text, finish):
    return {"text": text, "index": at, "logprobs": None, "finish_reason": finish}


def whole(answer):
    """The `text_completion` object."""
    return {**_base(answer),
            "choices": [_entry(at, "".join(choice.pieces), choice.finish)
                        for at, choice in enumerate(answer.choices)],
            "usage": answer.usage}


def chunks(answer):
    """All objects of a stream, the usage if asked for; several choices take turns."""
    result = []
    longest = max(len(choice.pieces) for choice in answer.choices)
    for turn in range(longest + 1):
        for at, choice in enumerate(answer.choices):
            if turn < len(choice.pieces):
                result.append(_entry(at, choice.pieces[turn], None))
            elif turn == len(choice.pieces):
                result.append(_entry(at, "", choice.finish))
    objects = [{**_base(answer), "choices": [entry]} for entry in result]
    if (answer.request.get("stream_options") or {}).get("include_usage"):
        objects.append({**_base(answer), "choices": [], "usage": answer.usage})
    return objects
