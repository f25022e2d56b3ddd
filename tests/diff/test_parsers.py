"""The parsers of a model's answer compared with LangChain's, for whole and for cut texts.

text_tool (text_tool.c) runs ours; see text_cases.py.
Named by partial_json.h: NaN and infinities read as null, whole numbers beyond 64 bits as doubles,
lone surrogates (and NUL in keys) as U+FFFD, a text that ends inside \\uXXXX keeps the string read
so far; snapshots never shrink.  Named by list_parser.h: quoted items stay whole in a stream.
"""

import json
import math
import random
import re

import pytest

from text_cases import ROUNDS, SEED, attempt, compare, outcome, run_tool

output_parsers = pytest.importorskip("langchain_core.output_parsers")


# ---- JSON ----

def as_ours(value):
    """A value of LangChain's as the header says that ours reads it."""
    if isinstance(value, dict):
        return {as_ours(key).replace("\x00", "\ufffd"): as_ours(v) for key, v in value.items()}
    if isinstance(value, list):
        return [as_ours(v) for v in value]
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and not -2**63 <= value < 2**63:
        return float(value) if abs(value) < 2**1023 else None
    return value


def parse_by_langchain(text):
    return as_ours(output_parsers.JsonOutputParser().parse(text))


def ends_in_escape(text):
    """Whether a text ends, or goes wrong, inside of \\uXXXX, or ends in half a pair of them."""
    return re.search(r"\\u[0-9a-fA-F]{0,3}(?![0-9a-fA-F])|\\u[dD][89abAB]..\\?\s*$", text)


STRINGS = ["plain", "it's", 'say \\"x\\"', "\\u00e9", "\\ud83d\\ude00", "line\\nfeed", "back\\\\",
           "é€😀", "raw\nfeed", "a, b", "{[", "}]", "``` `", " blanks ", "\\/\\b\\f\\r\\t", "", "tab\t",
           "\u3000wide\u2003", "\\ud800x", "a\\u0000b"]
SCALARS = ["0", "-1", "12", "1.5", "-0.25e-3", "1E5", "true", "false", "null", "1e400", "NaN",
           "-Infinity", "9223372036854775808", "-0", "[]", "{}"]


def any_json(rng, depth=3):
    """A JSON text in a model's hand: blanks here and there, odd strings."""
    blank = lambda: rng.choice(["", "", "", " ", "\n  ", "\t"])
    string = lambda: f'"{rng.choice(STRINGS)}"'
    kind = rng.random()
    if depth == 0 or kind < 0.25:
        return string() if rng.random() < 0.5 else rng.choice(SCALARS)
    if kind < 0.6:
        items = [blank() + any_json(rng, depth - 1) + blank() for _ in range(rng.randrange(4))]
        return "[" + ",".join(items) + "]"
    return "{" + ",".join(f'{blank()}{string()}{blank()}:{blank()}{any_json(rng, depth - 1)}'
                          for _ in range(rng.randrange(4))) + blank() + "}"


def any_answer(rng):
    """An answer with JSON in it: bare, fenced, with words around, or spoilt."""
    text = any_json(rng)
    dressed = rng.choice(["{}", "{}", "{}", "```json\n{}\n```", "```{}```", "Sure:\n```json\n{}```",
                          " \n{}\n\n", "{} Done.", "``json\n{}``", "`{}`", "```jso{}```", "{}```",
                          "```js\n{}\n```", "``` {} ``` ``` {} ```", "text {}"])
    text = dressed.replace("{}", text)
    if rng.random() < 0.3:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(["}", "]", "{", "[", '"', ",", ":", "x", "\\", "`", "\n", "e",
                                       "'", "-", "0", "tru", "```", "\u3000"]) + text[at:]
    return text


ANSWERS = [
    '{"setup": "Why?", "punchline": "Because \\"so\\"", "rating": 7.5, "tags": ["a", "b"]}',
    'Here you are:\n\n```json\n{"a": [1, 2, {"b": "x\\ny"}], "c": null}\n```\n\nAnything else?',
    '```\n[true, false, null, 1.0, -2e5]\n```', '{"a": "``` not a fence", "b": 1}',
    "I can't do that.", '{"a": 1, "a": {"b": 2}}', '[1, 2, oops, 3]', '{"a": "x}', '{"a": 1}}',
    '{"text": "trailing   ", "n": 10}', '"just text"', "12.5", "null", '[[[[1]]]]', '{"a" 1}',
]


def prefixes(text):
    return [text[:at] for at in range(len(text) + 1)]


def test_answers_cut_anywhere_read_as_by_langchain():
    rng = random.Random(SEED)
    texts = [p for a in ANSWERS for p in prefixes(a)]
    for _ in range(ROUNDS // 20):
        texts += prefixes(any_answer(rng))
    texts = [t for t in dict.fromkeys(texts) if not ends_in_escape(t)]
    compare([{"op": "partial_json", "text": t} for t in texts], "value",
            [attempt(parse_by_langchain, t) for t in texts])


def test_a_text_cut_in_an_escape_keeps_its_string():
    texts = [f'{{"a": "xy{cut}' for cut in ["\\", "\\u", "\\u0", "\\u00e"]]
    compare([{"op": "partial_json", "text": t} for t in texts], "value", [{"a": "xy"}] * 4)


def pieces_of(rng, text):
    pieces, at = [], 0
    while at < len(text):
        step = rng.choice([1, 1, 2, 3, 5, 9])
        pieces.append(text[at:at + step])
        at += step
    return pieces


def say_the_same(a, b):
    """Python's ==, for which 1 is 1.0, as LangChain compares snapshots."""
    return as_ours(a) == as_ours(b)


def without_repeats(snapshots):
    """Those that LangChain would give: a snapshot equal to the last one given is none."""
    given = []
    for snapshot in snapshots:
        if snapshot is not None and (not given or not say_the_same(snapshot, given[-1])):
            given.append(snapshot)
    return given


def has_repeated_key(text):
    found = []
    json.loads(text, strict=False, object_pairs_hook=lambda pairs: found.append(
        len(dict(pairs)) < len(pairs)))
    return any(found)


def test_snapshots_of_good_answers_are_langchains():
    """Good ones: JSON without repeated keys, where no snapshot of LangChain's shrinks."""
    rng = random.Random(SEED)
    texts = [t for t in (any_json(rng) for _ in range(ROUNDS))
             if not has_repeated_key(t) and "\\u" not in t]
    texts = [rng.choice(["{}", "```json\n{}\n```", "So:\n```json\n{}\n```"]).replace("{}", t)
             for t in texts]
    cases = [{"op": "partial_json_stream", "pieces": pieces_of(rng, t)} for t in texts]
    wrong = []
    for case, answer in zip(cases, run_tool(cases)):
        ours = without_repeats(answer["snapshots"])
        theirs = without_repeats(as_ours(list(output_parsers.JsonOutputParser().transform(
            iter(case["pieces"])))))
        if ours != theirs:
            wrong.append(f"{case['pieces']}\n    ours   {ours}\n    theirs {theirs}")
    assert not wrong, f"{len(wrong)} of {len(cases)} differ:\n" + "\n".join(wrong[:10])


def has_grown(before, now):
    if isinstance(before, dict) and isinstance(now, dict):
        return all(key in now and has_grown(value, now[key]) for key, value in before.items())
    if isinstance(before, list) and isinstance(now, list):
        return len(before) <= len(now) and all(map(has_grown, before, now))
    if isinstance(before, str) and isinstance(now, str):
        return now.startswith(before)
    number = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
    if now is None and number(before):  # 1e40 has become 1e400, which is infinite
        return True
    return (number(before) and number(now)) or before is now or before == now


def test_snapshots_of_any_answer_never_shrink():
    rng = random.Random(SEED)
    texts = [any_answer(rng) for _ in range(ROUNDS * 2)]
    cases = [{"op": "partial_json_stream", "pieces": pieces_of(rng, t)} for t in texts]
    for case, answer in zip(cases, run_tool(cases)):
        given = [s for s in answer["snapshots"] if s is not None]
        for before, now in zip(given, given[1:]):
            assert before in ({}, []) or has_grown(before, now), case["pieces"]


def test_the_value_of_a_stream_is_that_of_the_whole_text():
    rng = random.Random(SEED)
    texts = [any_answer(rng) for _ in range(ROUNDS * 2)]
    whole = run_tool([{"op": "partial_json", "text": t} for t in texts])
    cut = run_tool([{"op": "partial_json_stream", "pieces": pieces_of(rng, t)} for t in texts])
    for text, a, b in zip(texts, whole, cut):
        assert repr(outcome(a, "value")) == repr(outcome(b, "value")), text


# ---- lists ----

LIST_SIGNS = ["a", "b c", "é😀", ",", ",", ", ", " ", '"', '"', '""', "\n", "\t", "'", "\\", ";",
              "\u3000", "\xa0", "\x00", "1."]
LISTS = ["", " ", ",", ",,", "a", "a,b", "a, b", 'a, "b, c"', '"a', '"a"b', 'a"b"', '"a""b"', "\n",
         "a\nb", "a,\nb", "a,b\n", "a,b\n\nc", '"a\nb",c', "\r", "a\r\nb", "a\rb", "a,b\r",
         " a , b ", '  "a"  ,b', '"",', '""', '"a",\n', "\n,", '"a\r\nb"', "a\r\r\n", "\ra",
         "\u3000a, b\u3000\rc", "x" * 131072 + ",b", "x" * 131073 + ", b", "é" * 131073 + ","]


def any_list(rng, signs=LIST_SIGNS):
    return "".join(rng.choices(signs, k=rng.randrange(12)))


def test_lists_read_as_by_langchain():
    rng = random.Random(SEED)
    texts = LISTS + [any_list(rng, LIST_SIGNS + ["\r", "\r\n"]) for _ in range(ROUNDS * 5)]
    parser = output_parsers.CommaSeparatedListOutputParser()
    compare([{"op": "list", "text": t} for t in texts], "items", [parser.parse(t) for t in texts])


def test_streamed_lists_are_those_of_the_whole_text():
    """But for an empty last item; and each item is given once the next one has begun."""
    rng = random.Random(SEED)
    texts = [any_list(rng) for _ in range(ROUNDS * 5)]
    cases = [{"op": "list_stream", "pieces": pieces_of(rng, t)} for t in texts]
    parser = output_parsers.CommaSeparatedListOutputParser()
    for case, text, answer in zip(cases, texts, run_tool(cases)):
        items = parser.parse(text)
        if len(items) > 1 and items[-1] == "":
            items.pop()
        assert answer["items"] == items, case["pieces"]


def test_streams_of_plain_lists_are_langchains():
    """Without quotes and line ends, which LangChain's own stream loses where a piece ends, and
    without blanks behind the last comma, which it counts when they are a piece of their own."""
    rng = random.Random(SEED)
    signs = [s for s in LIST_SIGNS if '"' not in s and "\n" not in s]
    parser = output_parsers.CommaSeparatedListOutputParser()
    cases = [{"op": "list_stream", "pieces": pieces_of(rng, any_list(rng, signs).rstrip(" "))}
             for _ in range(ROUNDS * 5)]
    compare(cases, "items", [[item for chunk in parser.transform(iter(case["pieces"]))
                              for item in chunk] for case in cases])
