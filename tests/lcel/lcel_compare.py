"""What must be the same between a run of ours and one of LangChain's."""

import json
import re

_RUN_ID = re.compile(r"^(lc_)?run-")


def masked(value):
    """Without what differs from run to run (the ids that stand for runs), and without what the
    wire leaves out of prompt values."""
    if isinstance(value, dict) and str(value.get("type", "")).endswith("PromptValueConcrete"):
        value = [(m["type"], m["content"]) for m in value["messages"]]
    elif isinstance(value, dict) and (set(value) == {"messages"} and
                                      all(isinstance(m, dict) for m in value["messages"]) or
                                      value.get("type") == "StringPromptValue"):
        value = [(m["type"], m["content"]) for m in value.get("messages", [])] or value["text"]
    if isinstance(value, dict) and {"completion", "error"} <= set(value):
        # What a parser that mends answers tells its chain: the sentences are ours.
        value = {key: v for key, v in value.items() if key not in ("instructions", "error")}
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


# What a server adds to metadata, or LangChain of its own versions.
_METADATA = {"lc_versions", "ls_integration"}
# Python's functions and the tests' broken model have names of their own.
_NAMES = {"fail": "RunnableLambda", "len": "RunnableLambda", "Broken": "FakeListChatModel",
          "broken": "fakelistchatmodel"}


def told(events, racing):
    """What events are compared by: all of a step's together, and its chunks regrouped; the order
    of steps where none run side by side."""
    steps, order = {}, []
    for event in events:
        if event["event"] == "on_tool_error":  # holds an exception, which LangServe cannot send
            continue
        name = "" if not event["parent_ids"] else event["name"]  # a route is the root's name
        name = _NAMES.get(name, name).replace("<len>", "<RunnableLambda>")
        step = steps.setdefault(event["run_id"], {
            "name": name, "tags": event["tags"], "depth": len(event["parent_ids"]),
            "metadata": {k: _NAMES.get(v, v) if k == "ls_provider" else v
                         for k, v in event["metadata"].items() if k not in _METADATA},
            "kinds": [], "data": [], "chunks": []})
        kind, data = event["event"], event["data"]
        if kind.endswith("_stream"):
            step["chunks"].append(data["chunk"])
        else:
            step["data"].append(masked(data))
            order.append((step["name"], kind))
        if kind not in step["kinds"]:
            step["kinds"].append(kind)
    for step in steps.values():
        step["chunks"] = streamed(step["chunks"])
    if racing:
        return sorted(json.dumps(step, sort_keys=True) for step in steps.values())
    return list(steps.values()), order


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
