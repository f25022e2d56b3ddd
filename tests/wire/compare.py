"""What two servers must agree on, and where they first do not.

Compared: status, content type, allow, location, streaming headers, JSON bodies (key order too), SSE
events in order and their framing, the types, places and inputs of validation errors.
Not compared, because a server may rightly differ: ids and times (but their pattern of repetition
is), the wording and links of validation messages, descriptions and key order in schemas, how a
stream that failed ends its transfer.
"""

import json
import re

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
EVENT = re.compile(r"event: ([a-z]+)\r\n(?:data: ([^\r\n]*)\r\n)?\r\n")
COMMENT = re.compile(r"^:[^\r\n]*\r\n\r\n", re.MULTILINE)
PLAIN_HEADERS = ("allow", )
STREAM_HEADERS = ("cache-control", "x-accel-buffering")


class Masker:
    """Replaces ids by their order of appearance and times by a mark; ids the client sent stay."""

    def __init__(self, host, sent=""):
        self.host, self.names = host, {uuid: uuid for uuid in UUID.findall(sent)}

    def text(self, text):

        def name(match):
            return self.names.setdefault(match.group(0), f"<uuid-{len(self.names) + 1}>")

        return TIME.sub("<time>", UUID.sub(name, text)).replace(self.host, "<host>")

    def value(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value


def parse_sse(text):
    """[[event, data], ...]; raises ValueError for anything but the protocol's own framing."""
    text, at, events = COMMENT.sub("", text), 0, []
    while at < len(text):
        if not (match := EVENT.match(text, at)):
            raise ValueError(f"not an event at offset {at}: {text[at:at + 60]!r}")
        name, data = match.groups()
        events.append([name, None if data is None else json.loads(data)])
        at = match.end()
    return events


def comparable(answer, host, sent="", racing=False, schema=False):
    """The part of an answer that two servers must agree on."""
    mask = Masker(host, sent)
    out = {
        "status": answer.status, "interim": answer.interim,
        "content-type": answer.content_type.replace(" ", "").lower(),
        **{name: answer.headers.get(name)
           for name in PLAIN_HEADERS}
    }
    if answer.status and 300 <= answer.status < 400:
        out["location"] = mask.text(answer.headers.get("location", ""))
    if answer.content_type.startswith("text/event-stream"):
        out.update({name: answer.headers.get(name) for name in STREAM_HEADERS})
        out["events"] = stream_events(answer, mask, racing)
    else:
        out["body"] = plain_body(answer, mask, schema)
    return out


def stream_events(answer, mask, racing):
    try:
        events = parse_sse(answer.text)
    except ValueError as error:
        return str(error)
    events = mask.value(events)
    return sorted(map(json.dumps, events)) if racing else events


def plain_body(answer, mask, schema):
    try:
        value = json.loads(answer.body)
    except ValueError:
        return mask.text(answer.text)
    detail = value.get("detail") if isinstance(value, dict) else None
    if answer.status == 422 and isinstance(detail, list):
        return [validation_error(error, mask) for error in detail]
    if answer.status in (400, 422) and isinstance(detail, str):
        return "detail: a sentence"
    return sorted_keys(without_descriptions(value)) if schema else mask.value(value)


def validation_error(error, mask):
    if not isinstance(error, dict):
        return error
    return {
        "type": error.get("type"), "loc": error.get("loc"), "input": mask.value(error.get("input")),
        "says why": bool(error.get("msg"))
    }


def without_descriptions(value):
    """Drops description texts, but not a property that happens to be called description."""
    if isinstance(value, list):
        return [without_descriptions(item) for item in value]
    if isinstance(value, dict):
        return {
            key: without_descriptions(item)
            for key, item in value.items() if key != "description" or isinstance(item, dict)
        }
    return value


def sorted_keys(value):
    return json.loads(json.dumps(value, sort_keys=True))


def first_difference(want, got, path=""):
    """None, or a sentence naming the place of the first difference."""
    if type(want) is not type(got):
        return f"{path or '/'}: want {short(want)}, got {short(got)}"
    if isinstance(want, dict):
        return dict_difference(want, got, path)
    if isinstance(want, list):
        for index, (a, b) in enumerate(zip(want, got)):
            if (found := first_difference(a, b, f"{path}/{index}")):
                return found
        if len(want) != len(got):
            return f"{path or '/'}: want {len(want)} items, got {len(got)}"
        return None
    return None if want == got else f"{path or '/'}: want {short(want)}, got {short(got)}"


def dict_difference(want, got, path):
    if set(want) != set(got):
        missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
        return f"{path or '/'}: keys missing {missing}, extra {extra}"
    if list(want) != list(got):
        return f"{path or '/'}: keys in another order: want {list(want)}, got {list(got)}"
    for key in want:
        if (found := first_difference(want[key], got[key], f"{path}/{key}")):
            return found
    return None


def short(value):
    return json.dumps(value, ensure_ascii=False)[:160]
