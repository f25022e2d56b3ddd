"""Text in and out compared with the real thing: Python's format() and json, orjson, LangChain.

text_tool (text_tool.c) runs ours; see text_cases.py.  What the headers name as different is
listed beside each test and left out by name.
"""

import json
import math
import random
import re
import unicodedata

import pytest

from text_cases import (FAILED, KNOWN_INTS, KNOWN_REALS, KNOWN_TEXT, ROUNDS, SEED, any_real,
                        any_scalar, any_value, attempt, compare, every_real, run_tool)

orjson = pytest.importorskip("orjson")
prompts = pytest.importorskip("langchain_core.prompts")


# ---- JSON ----

def test_values_print_as_json_dumps_prints_them():
    rng = random.Random(SEED)
    values = every_real(rng) + KNOWN_TEXT + [any_value(rng) for _ in range(ROUNDS)]
    compare([{"op": "json_print", "value": v} for v in values], "text",
            [json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in values])


def test_events_print_as_orjson_prints_them():
    """json.h: U+0085, U+2028 and U+2029 are escaped."""
    rng = random.Random(SEED)
    values = every_real(rng) + KNOWN_TEXT + [any_value(rng) for _ in range(ROUNDS)]
    splits = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
    compare([{"op": "json_print_sse", "value": v} for v in values], "text",
            [orjson.dumps(v).decode().translate(splits) for v in values])


def refuse_constant(name):
    raise ValueError(name)


def holds(value, wrong):
    """Whether anything inside a value is `wrong`; keys are given apart."""
    if isinstance(value, dict):
        return any(wrong(k, True) or holds(v, wrong) for k, v in value.items())
    if isinstance(value, list):
        return any(holds(v, wrong) for v in value)
    return wrong(value, False)


def is_refused_by_name(value, is_key):
    """json.h: lone surrogates, integers beyond 64 bits, NUL in keys; infinite numbers."""
    if isinstance(value, str):
        return re.search("[\ud800-\udfff]", value) is not None or (is_key and "\x00" in value)
    if isinstance(value, float):
        return math.isinf(value)
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def read_by_python(data):
    value = json.loads(data, parse_constant=refuse_constant)
    if holds(value, is_refused_by_name):
        return FAILED
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def mutate(rng, data):
    for _ in range(rng.randrange(3)):
        at = rng.randrange(len(data) + 1)
        data = rng.choice([lambda: data[:at] + rng.choice([b"{", b"]", b",", b'"', b"\\", b"\0",
                                                          b"e5", b".", b"-", b"\xff", b"\xc3",
                                                          b"\\u0000", b"\\ud834", b"00"])
                           + data[at:], lambda: data[:at], lambda: data[:at] + data[at + 1:]])()
    return data


def test_texts_are_read_as_json_loads_reads_them():
    rng = random.Random(SEED)
    texts = []
    for _ in range(ROUNDS * 2):
        text = json.dumps(any_value(rng), ensure_ascii=rng.random() < 0.5,
                          indent=rng.choice([None, 1]))
        encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le",
                               "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
        data = text.encode(encoding)
        texts.append(mutate(rng, data) if rng.random() < 0.6 else data)
    texts += [b"-0", b"[-0, 1E5]", b"\xef\xbb\xbf1", b"1\0", b"\0001", b"", b"[1]]", b"NaN",
              b'{"a":1,"b":2,"a":3}', b'"\\ud83d\\ude00"', b"1e400", b"99999999999999999999"]
    compare([{"op": "json_read", "hex": t.hex()} for t in texts], "text",
            [attempt(read_by_python, t) for t in texts])


def fault_in_python(text):
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg} {error.pos}"
    return " 0"


def test_faults_are_those_that_json_loads_tells():
    rng = random.Random(SEED)
    texts = ["", " ", "{", "[", '"', "[1,]", '{"a":1,}', '{"a" 1}', '{"a":1 "b"}', "[1 2]", "nul",
             "-", "01", "1.", "1e", "-Infinity", "NaN", "[NaN] x", '"\\', '"\\u12', '"\\u12"',
             '"\\uzzzz"', '"\\x"', '"\n"', "{1:2}", "{'a':1}", '{"é":1,"😀"', "tru", "]", "}"]
    for _ in range(ROUNDS * 2):
        text = list(json.dumps(any_value(rng), ensure_ascii=rng.random() < 0.5))
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(text) + 1)
            text[at:at + rng.randrange(2)] = rng.choice(['"', "{", "]", ",", ":", "\\", "1", "",
                                                         "\n", "\\u", "e", ".", "-", "x"])
        texts.append("".join(text))
    texts = [t for t in texts if not re.search("[\ud800-\udfff]", t)]
    compare([{"op": "json_fault", "json": t} for t in texts], "text",
            [fault_in_python(t) for t in texts])


# ---- format() ----

def any_spec(rng):
    pick = lambda *choices: rng.choice(choices) if rng.random() < 0.45 else ""
    align = pick("<", ">", "^", "=", "*<", "0>", "é^", "x=", "<<", "0=", "😀>", "{<"[1:])
    number = lambda most: str(rng.choice([0, 1, 2, 3, 5, 8, 12, 20, most]))
    precision = "." + number(40) if rng.random() < 0.4 else ""
    spec = align + pick("+", "-", " ") + pick("z")[:rng.randrange(2)] + pick("#") + pick("0") + \
        (number(70) if rng.random() < 0.5 else "") + pick(",", "_") + precision + \
        pick(*"sbcdoxXneEfFgG%")
    return spec if rng.random() < 0.97 else spec + rng.choice(["q", " ", "5", ",", ".", "r", "é"])


def format_in_python(value, spec):
    if spec.endswith("c") and isinstance(value, int) and (value == 0 or 0xd800 <= value < 0xe000):
        return FAILED  # pyformat_print_spec(): no NUL, no surrogates
    return format(value, spec)


def test_values_are_formatted_as_by_python():
    rng = random.Random(SEED)
    cases = [{"op": "pyformat", "value": any_scalar(rng), "spec": any_spec(rng)}
             for _ in range(ROUNDS * 5)]
    cases += [{"op": "pyformat", "value": value, "spec": spec}
              for value in [*KNOWN_INTS, *KNOWN_REALS, True, "text", None, [], {}]
              for spec in ["", "n", "g", "G", ".0f", "#.0f", ".3", "#.3", "#", ".0", ".17g", "%",
                           ".1%", ",", "_x", "08.3f", "+,.2f", "e", "#g", "z.1f", "012,", "c", "E",
                           "s", ">6", "=6", "06", "<06", "^+9.2e", "#x", "#010b", "n", "0=9", ".16"]]
    compare(cases, "text", [attempt(format_in_python, c["value"], c["spec"]) for c in cases])


def test_values_are_written_as_by_str_repr_and_ascii():
    """pyformat.h: what is printable follows libutf8proc's tables; unassigned signs are left out."""
    rng = random.Random(SEED)
    signs = [chr(c) for c in range(0x110000)
             if unicodedata.category(chr(c)) not in ("Cs", "Cn")]
    values = ["".join(signs[i:i + 256]) for i in range(0, len(signs), 256)]
    values = [v for v in values if len(v) < 257] + [any_value(rng) for _ in range(ROUNDS)]
    for style, function in [("str", str), ("repr", repr), ("ascii", ascii)]:
        compare([{"op": "pyformat", "value": v, "style": style} for v in values], "text",
                [function(v) for v in values])


# ---- templates ----
# Names of non-ASCII digits alone ({٣}) are taken here and refused by LangChain: left out.

TEMPLATE_PARTS = ["Hi ", "{name}", "{a}", "{b!r}", "{b!s:>9}", "{a:.2f}", "{n:,}", "{{", "}}", "{",
                  "}", "!", ":", "{}", "{0}", "{a.b}", "{a[0]}", "{a:{n}}", "{ a }", "{a b}", "é",
                  "{é}", "{a!x}", "{a!r", "{a!}", "{a!rr}", "{b!a}", "{a:}", "{a!r:}", "{text:^20}",
                  "{{{a}}}", "{missing}", "\n", "{text:.3}", "{list}", "{dict!a:.5}", "{null}",
                  "{12x}", "{a:q}", "[", "]", ".", "{a]}", "{none:>4}", "{'a'}",
                  "{-1}", "{a!s}{a!r}", "{true}", "{n:5}", "{text!r:*^12}", "{1_0}", "{a:}}", "\0"]
VARIABLES = {"name": "Ada", "a": 1.5, "b": "it's\n", "n": 1234567, "é": "ü", "text": "some text",
             "list": [1, "x", None], "dict": {"k": 0.1, "é": []}, "null": None, " a ": 3, "a b": 4,
             "12x": 5, "none": None, "true": True, "'a'": 6, "-1": 7, "1_0": 8}


def format_by_langchain(template):
    prompt = prompts.PromptTemplate.from_template(template)
    if any("\0" in name for name in prompt.input_variables):
        return FAILED  # keys hold no NUL
    return prompt.invoke(VARIABLES).text


def test_templates_print_as_by_langchain():
    rng = random.Random(SEED)
    templates = TEMPLATE_PARTS + ["".join(rng.choices(TEMPLATE_PARTS, k=rng.randint(1, 5)))
                                  for _ in range(ROUNDS * 2)]
    compare([{"op": "template", "template": t, "variables": VARIABLES} for t in templates], "text",
            [attempt(format_by_langchain, t) for t in templates])


def test_variables_of_templates_are_langchains():
    rng = random.Random(SEED)
    templates = ["".join(rng.choices(TEMPLATE_PARTS, k=4)) for _ in range(ROUNDS)]
    for template, answer in zip(templates, run_tool(
            [{"op": "template", "template": t, "variables": {}} for t in templates])):
        if "refused" not in answer:
            prompt = prompts.PromptTemplate.from_template(template)
            assert sorted(answer["names"]) == prompt.input_variables, template


