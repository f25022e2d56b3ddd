"""What must be the same between a run of ours and one of LangChain's."""

import re

_RUN_ID = re.compile(r"^(lc_)?run-")


def masked(value):
    """Without what differs from run to run (the ids that stand for runs), and without what the
    wire leaves out of prompt values."""
    if isinstance(value, dict) and str(value.get("type", "")).endswith("PromptValueConcrete"):
        value = [(m["type"], m["content"]) for m in value["messages"]]
    elif isinstance(value, dict) and (set(value) == {"messages"} or
                                      value.get("type") == "StringPromptValue"):
        value = [(m["type"], m["content"]) for m in value.get("messages", [])] or value["text"]
    if isinstance(value, dict):
        return {key: None if key == "id" and isinstance(v, str) and _RUN_ID.match(v) else masked(v)
                for key, v in value.items()}
    if isinstance(value, list):
        return [masked(v) for v in value]
    return value


def is_message(value):
    return isinstance(value, dict) and str(value.get("type", "")).endswith("MessageChunk")


def regrouped(chunks):
    """Chunks with neighbours of text or items joined: how they are cut is nobody's promise.

    Objects (of parallel branches, whose turns may differ) become one list of chunks a key.
    """
    joined = []
    for chunk in chunks:
        if joined and any(isinstance(chunk, kind) and isinstance(joined[-1], kind)
                          for kind in (str, list)):
            joined[-1] = joined[-1] + chunk
        elif is_message(chunk) and joined and is_message(joined[-1]) and all(
                isinstance(m["content"], str) for m in (chunk, joined[-1])):
            joined[-1] = {**joined[-1], **{k: v for k, v in chunk.items() if v},
                          "content": joined[-1]["content"] + chunk["content"]}
        else:
            joined.append(chunk)
    return joined


def streamed(chunks):
    """What a stream's chunks are compared by."""
    chunks = [masked(chunk) for chunk in chunks]
    if not chunks or not all(isinstance(c, dict) and not is_message(c) for c in chunks):
        return regrouped(chunks)
    keys = {}
    for chunk in chunks:
        for key, value in chunk.items():
            keys.setdefault(key, []).append(value)
    return {key: streamed(values) for key, values in keys.items()}


# Kinds of errors: Python's and LangChain's classes, and the codes that ours has for them.
_KINDS = [
    ("output_parsing_failure", {"OutputParserException"}),
    ("bad_value internal_error", {"ValueError", "KeyError", "TypeError", "AttributeError",
                                  "IndexError", "AssertionError", "ZeroDivisionError",
                                  "NotImplementedError", "ValidationError"}),
    ("upstream_error", {"RuntimeError"}),  # the broken model's
]


def fits(code, name):
    """Whether our error code is of the kind of LangChain's exception of the class `name`."""
    for codes, classes in _KINDS:
        if name in classes:
            return code in codes.split()
    raise AssertionError(f"an exception of no known kind: {name}")
