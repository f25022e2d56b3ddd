"""The faults, by name. See README.md for what each does and for its parameters.

Design: an answer passes through four layers, and a fault belongs to one of them, so that faults of
different layers can be combined ("tool_calls,one_byte").
  ANSWER  changes what the model says (defaults for the step)
  ITEMS   changes the JSON objects that are sent
  REPLY   puts a different HTTP answer in the place of the completion
  WIRE    changes how, and how far, the bytes are sent
"""

import email.utils
import time

from stub_errors import error_body, error_of_step
from stub_reply import Reply, json_reply
from stub_wire import WIRE

STOCK_CALLS = [{"name": "get_weather", "arguments": {"city": "東京", "unit": "celsius"}},
               {"name": "get_time", "arguments": {"zone": "Asia/Tokyo"}},
               {"name": "ping", "arguments": {}}]

ANSWER = {
    "tool_calls": {"tool_calls": STOCK_CALLS, "interleave": True},
    "refusal": {"refusal": "I'm sorry, I can't help with that."},
    "reasoning_content": {"reasoning": "Let me think: 思考 first."},
    "slow": {"delay_ms": 50},
}
ITEMS = {}
REPLY = {}


def _register(table, function):
    """Puts a fault into its table under its name."""
    table[function.__name__] = function
    return function


def items_fault(function):
    """Registers `fault(items, step)`, which returns other items; works in both modes."""
    return _register(ITEMS, function)


def reply_fault(function):
    """Registers `fault(step)`, which returns the Reply."""
    return _register(REPLY, function)


def names():
    """All faults there are."""
    return sorted([*ANSWER, *ITEMS, *REPLY, *WIRE])


def find(name):
    """The fault called `name`, which may be cut short if it stays clear; else ValueError."""
    known = names()
    fits = [name] if name in known else [n for n in known if n.startswith(name)]
    if len(fits) != 1:
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(known)}")
    return fits[0]


# ---- ITEMS: what is in the JSON ----

def _middle(items, step):
    """Where a fault in the middle strikes: after that many items."""
    return min(step.get("after", 3), len(items) - 1)


@items_fault
def null_choices(items, step):
    """Every object has "choices": null."""
    return [dict(i, choices=None) if isinstance(i, dict) else i for i in items]


@items_fault
def empty_choices(items, step):
    """Every object has "choices": []."""
    return [dict(i, choices=[]) if isinstance(i, dict) else i for i in items]


@items_fault
def azure_first_chunk_empty_choices(items, step):
    """Azure opens a stream with its prompt filter's results; a whole answer carries them."""
    safe = {"hate": {"filtered": False, "severity": "safe"}}
    results = [{"prompt_index": 0, "content_filter_results": safe}]
    if len(items) == 1:
        return [dict(items[0], prompt_filter_results=results)]
    first = {"choices": [], "created": 0, "id": "", "model": "", "object": "",
             "prompt_filter_results": results}
    return [first] + items


@items_fault
def no_done(items, step):
    """The stream ends without [DONE]."""
    return [i for i in items if i != "[DONE]"]


@items_fault
def error_mid_stream(items, step):
    """An error object takes the place of the rest."""
    if len(items) == 1:
        return [error_of_step(step)[1]]
    return items[:_middle(items, step)] + [error_of_step(step)[1]]


@items_fault
def garbage_json(items, step):
    """One object is not JSON; a stream goes on afterwards."""
    garbage = step.get("text", '{"id": "chatcmpl-1", "choices": [{"delta": {"content": oops}]')
    at = _middle(items, step)
    return items[:at] + [garbage] + items[at + 1:]


@items_fault
def invalid_utf8(items, step):
    """One object has bytes in a string that are not UTF-8."""
    at = _middle(items, step)
    bad = (b'{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"x","choices":'
           b'[{"index":0,"message":{"role":"assistant","content":"a\xff\xc3(z"},'
           b'"delta":{"content":"a\xff\xc3(z"},"finish_reason":null}]}')
    return items[:at] + [bad] + items[at + 1:]


# ---- REPLY: another HTTP answer ----

@reply_fault
def status(step):
    """An error status with OpenAI's body."""
    code, body = error_of_step(step)
    rows = []
    if "retry_after" in step:
        rows.append(("Retry-After", step["retry_after"]))
    if "retry_after_date" in step:
        when = time.time() + step["retry_after_date"]
        rows.append(("Retry-After", email.utils.formatdate(when, usegmt=True)))
    if "retry_after_ms" in step:
        rows.append(("Retry-After-Ms", step["retry_after_ms"]))
    if "text" in step:
        return Reply(code, "text/plain", rows, [str(step["text"]).encode()])
    return json_reply(step.get("body", body), code, rows)


@reply_fault
def error_in_200(step):
    """An error object under status 200."""
    return json_reply(error_of_step(step)[1])


@reply_fault
def redirect(step):
    """302, or another `status`, to `location`."""
    where = step.get("location", "/v1/elsewhere")
    return json_reply(error_body("moved"), step.get("status", 302), [("Location", where)])


@reply_fault
def html_page(step):
    """200 with a web page."""
    page = "<!DOCTYPE html>\n<html><body><h1>Welcome to the captive portal</h1></body></html>\n"
    return Reply(step.get("status", 200), "text/html; charset=utf-8", frames=[page.encode()])


# ---- putting it together ----

def with_defaults(step):
    """The step with what its ANSWER faults imply filled in."""
    for name in step.get("faults", ()):
        step = {**ANSWER.get(name, {}), **step}
    return step


def change_items(items, step):
    """Applies the step's ITEMS faults."""
    for name in step.get("faults", ()):
        if name in ITEMS:
            items = ITEMS[name](items, step)
    return items


def other_reply(step):
    """The Reply of a REPLY fault, None without one."""
    for name in step.get("faults", ()):
        if name in REPLY:
            return REPLY[name](step)
    return None


async def send(exchange, reply):
    """Sends in the manner of the step's WIRE fault, or plainly."""
    for name in exchange.step.get("faults", ()):
        if name in WIRE:
            return await WIRE[name](exchange, reply)
    return await exchange.send(reply)
