"""The ITEMS faults for other protocols than OpenAI's, whose items are JSON objects, too."""

NAMES = ("error_mid_stream", "garbage_json", "invalid_utf8", "no_done")


def change(items, step, error, ends):
    """The items with the step's faults: `error` is the object of an error in the middle, `ends`
    tells whether an item belongs to the end of the stream."""
    faults = step.get("faults", ())
    at = min(step.get("after", 3), len(items) - 1)
    if "error_mid_stream" in faults:
        items = (items[:at] if len(items) > 1 else []) + [error]
    if "garbage_json" in faults:
        items = items[:at] + [step.get("text", '{"type": "oops]')] + items[at + 1:]
    if "invalid_utf8" in faults:
        items = items[:at] + [b'{"type":"text","text":"a\xff\xc3(z"}'] + items[at + 1:]
    if "no_done" in faults:
        items = [item for item in items if not ends(item)]
    return items
