"""Generated chains: trees of all primitives, grown from what each takes and gives.

Three types keep most trees meaningful: an object with a number `x` and a text `t`, a text, and a
number.  Now and then a step raises, so that errors come up through everything.
"""

import os
import random

from lcel_cases import Case
from lcel_pairs import (alternatives, assign, branch, broken, configured, each, fallbacks, function,
                        generator, model, parallel, passthrough, pick, prompt, raising, retry,
                        router, sequence, template, to_str, value)

SEED = int(os.environ.get("LCEL_SEED", "20260104"))
COUNT = int(os.environ.get("LCEL_CASES", "120"))

OBJECT, TEXT, NUMBER = "object", "text", "number"
# Faults of LangChain's: threads of nested parallels that wait for each other for ever (59); a
# stream that ends well without a chunk and is taken for a failure by with_fallbacks (21); a batch
# in which one failure sends all inputs to the fallback (74).
UNSTREAMED, UNBATCHED = {21, 59}, {74}
INPUTS = {
    OBJECT: [{"x": 1, "t": "a b"}, {"x": 12, "t": "Grüße, 世界"}, {"x": 0, "t": ""}],
    TEXT: ["hello world", "", "ÄÖ"],
    NUMBER: [0, 7, -2],
}
WORDS = ["Bonjour le monde", "one two", "ok", "四つ の 言葉"]


def letters(text):
    yield from text


def text_leaf(rng):
    return rng.choice([
        lambda: function("text.upper(input)", lambda s: s.upper()),
        lambda: function("input .. '!'", lambda s: s + "!"),
        lambda: sequence(model(rng.choice(WORDS)), to_str),
        lambda: generator("for c in string.gmatch(input, utf8.charpattern) do emit(c) end",
                          letters),
        lambda: passthrough,
        lambda: to_str,
    ])()


def leaf(rng, takes, gives):
    """A step, or a few, of the wanted type."""
    if rng.random() < 0.06:
        return rng.choice([raising(), sequence(value("x"), broken)])
    options = {
        (OBJECT, OBJECT): [
            lambda: passthrough,
            lambda: function("{x = input.x + 1, t = input.t}",
                             lambda d: {"x": d["x"] + 1, "t": d["t"]}),
            lambda: assign(t=sequence(pick("t"), text_leaf(rng)))],
        (OBJECT, TEXT): [
            lambda: pick("t"),
            lambda: sequence(prompt("{t} and {x}"), model(rng.choice(WORDS)), to_str),
            lambda: sequence(template("<{t}>"), to_str)],
        (OBJECT, NUMBER): [lambda: pick("x"),
                           lambda: function("#input.t", lambda d: len(d["t"].encode()))],
        (TEXT, OBJECT): [lambda: parallel(x=value(3), t=passthrough)],
        (TEXT, TEXT): [lambda: text_leaf(rng)],
        (TEXT, NUMBER): [lambda: function("text.length(input)", len)],
        (NUMBER, OBJECT): [lambda: parallel(x=passthrough, t=value("n"))],
        (NUMBER, TEXT): [lambda: function("'n' .. input", lambda n: f"n{n}")],
        (NUMBER, NUMBER): [lambda: function("input + 1", lambda n: n + 1),
                           lambda: function("input * 2", lambda n: n * 2)],
    }
    return rng.choice(options[takes, gives])()


def condition(rng, takes):
    return rng.choice({
        OBJECT: [function("input.x > 5", lambda d: d["x"] > 5), pick("t")],
        TEXT: [passthrough, function("#input > 3", lambda s: len(s.encode()) > 3)],
        NUMBER: [passthrough, function("input > 0", lambda n: n > 0)],
    }[takes])


def grow(rng, takes, gives, depth):
    """A tree that takes one type and gives another."""
    if depth == 0:
        return leaf(rng, takes, gives)

    def part(a=takes, b=gives):
        return grow(rng, a, b, depth - 1)

    def through():
        middle = rng.choice([OBJECT, TEXT, NUMBER])
        return sequence(part(takes, middle), part(middle, gives))

    ways = [
        through, through,
        lambda: branch((condition(rng, takes), part()), part()),
        lambda: fallbacks(part(), part()),
        lambda: retry(part(), 2),
        lambda: configured(part(), tags=["random"]),
        lambda: alternatives(part(), "choice", {"b": part()}, "a"),
        lambda: sequence(function("{key = 'k', input = input}",
                                  lambda v: {"key": "k", "input": v}), router(k=part())),
        lambda: sequence(parallel(one=part(), two=part()), pick("two")),
        lambda: sequence(function("{input}", lambda v: [v]), each(part()),
                         function("input[1]", lambda v: v[0])),
    ]
    if takes == OBJECT and gives == OBJECT:
        ways.append(lambda: assign(t=part(OBJECT, TEXT)))
        ways.append(lambda: parallel(x=part(OBJECT, NUMBER), t=part(OBJECT, TEXT)))
    return rng.choice(ways)()


def cases():
    made = []
    for number in range(COUNT):
        rng = random.Random(SEED + number)
        takes, gives = (rng.choice([OBJECT, TEXT, NUMBER]) for _ in range(2))
        pair = grow(rng, takes, gives, rng.choice([1, 2, 2, 3]))
        config = {"configurable": {"choice": rng.choice("ab")}}
        made.append(Case(f"random_{number}", pair, INPUTS[takes], config,
                         unstreamed=number in UNSTREAMED, unbatched=number in UNBATCHED))
    return made
