"""Mustache templates as LangChain reads and prints them: the specification's cases, hand-picked
ones, mixtures of pieces; text_tool (text_tool.c) runs ours.

LANGSERVED_CORPORA   the folder that holds mustache/ (default: ../shared/corpora)
"""

import json
import os
import pathlib
import random

import pytest

from text_cases import SEED, run_tool

mustache = pytest.importorskip("langchain_core.utils.mustache")
prompts = pytest.importorskip("langchain_core.prompts")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = pathlib.Path(os.environ.get("LANGSERVED_CORPORA", ROOT.parent / "shared" / "corpora")) / "mustache"
MODULES = ["comments", "delimiters", "interpolation", "inverted", "partials", "sections"]

# The specification's cases that come out differently in LangChain, and so here: partials are empty,
# and a name whose first part is found in an inner section is looked for further out.
NOT_AS_SPECIFIED = {
    "delimiters: Partial Inheritence", "delimiters: Post-Partial Behavior",
    "interpolation: Dotted Names - Context Precedence", "partials: Basic Behavior", "partials: Context",
    "partials: Recursion", "partials: Nested", "partials: Surrounding Whitespace",
    "partials: Inline Indentation", "partials: Standalone Line Endings",
    "partials: Standalone Without Previous Line", "partials: Standalone Without Newline",
    "partials: Standalone Indentation", "partials: Padding Whitespace",
}

DATA = {"a": "x", "b": {"c": "<&\"'>", "d": {"e": 1}, "n": None, "z": 0}, "l": [1, 2, 3], "o": [{"a": "1"}, {"b": 2}, {}],
        "t": True, "f": False, "zero": 0, "none": None, "empty": "", "no": [], "mixed": [0, "", None, False, 1.5, "y", [1], {}],
        "nest": [[1, [2]], [3]], "é": "ü", "real": 0.0, "s p": 7, "": "nameless", "big": 10 ** 15, "neg": -1.5e-7,
        "deep": {"x": {"x": {"x": "end"}}}, "trues": [True, "x"]}

PIECES = ["{{a}}", "{{{b.c}}}", "{{&b.c}}", "{{b.c}}", "{{b}}", "{{#l}}", "{{/l}}", "{{#b}}", "{{/b}}", "{{#o}}", "{{/o}}",
          "{{^no}}", "{{/no}}", "{{#t}}", "{{/t}}", "{{#f}}", "{{/f}}", "{{#mixed}}", "{{/mixed}}", "{{.}}", "{{{.}}}", "\n", " ",
          "  {{! note }}", "{{!\n}}\n", "{{>part}}", "text", "{{=<% %>=}}", "<%a%>", "<%={{ }}=%>", "{{", "}}", "{{{a}}",
          "{{ a }}", "{{#a}}", "{{^a}}", "{{/a}}", "{{#nest}}", "{{/nest}}", "{{0}}", "{{-1}}", "{{b.d.e}}", "{{missing.x}}",
          "{{l.1}}", "{{o.0.a}}", "{{b.z.q}}", "{{ # a}}", "é", "\r\n", "\t", "{{zero}}", "{{none}}", "{{#none}}", "{{/none}}",
          "{{}}", "{{=}}", "{{==}}", "{{=| |=}}", "|a|", "{{{}}}", "{{a}", "&lt;", "{{&}}", "{{a.}}", "{{.a}}", "{{#b.d}}",
          "{{/b.d}}", "{{e}}", "{{#}}", "{{/}}", "{{#.}}", "{{/.}}", "{{b.n}}", "{{#trues}}", "{{/trues}}", "{{^l}}"]

SECTIONS = ["a", "b", "l", "o", "t", "f", "no", "mixed", "none", "nest", "b.d", "zero", "missing", "trues", "é", "."]
LEAVES = ["{{a}}", "{{.}}", "{{{.}}}", "{{b.c}}", "x", "\n", " ", "{{e}}", "{{c}}", "{{!c}}", "{{>p}}", "{{l.0}}", "{{0}}"]

PICKED = [
    "", "plain", "{{a}}", "{{#a}}{{#a}}{{/a}}{{/a}}", "{{#l}}{{^l}}{{/l}}tail{{/l}}", "{{#l}}{{^l}}x{{/l}}{{/l}}",
    "{{#l}}{{^l}}{{/l}}{{/l}}after", "{{#l}}{{#l}}{{.}}{{/l}};{{/l}}", "{{#nest}}{{#.}}{{.}},{{/.}};{{/nest}}",
    "{{#trues}}{{.}}{{/trues}}", "{{^f}}{{.}}{{/f}}", "{{#mixed}}[{{.}}]{{/mixed}}", "{{l.-1}}{{l. 1 }}{{l.+1}}{{l.0_1}}{{l.9}}",
    "{{l.1_}}{{l._1}}{{l.1__0}}{{l.-4}}{{l.-3}}{{l.--1}}{{l.}}{{l.00002}}", "{{a", "{{a}", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}",
    "{{#a}}{{#b}}{{/a}}{{/b}}", "{{=<% %>=}}<%a%> {{a}}", "{{=@@ @@=}}@@a@@", "{{=a=}}", "{{= <  > =}}<a>", "{{==}}{{a}}",
    "{{=<% %>}}", "{{{a}} }", "{{{a}}}}", "text {{", "a\n  {{#t}}\n  b\n  {{/t}}\nc", "  {{>p}}\n|", "{{!}}", "{{! }} \n{{a}}",
    "\t{{! x }}\n|", " \u00a0{{! x }}\u2003\n|", "{{#t}}\r\n{{/t}}\r\n|", "{{#t}} ", "{{#t}}{{/t}} ", "{{ a\n}}", "{{b\n.c}}",
    "{{&\n a}}", "{{#b}}{{a}}{{d.e}}{{/b}}", "{{#deep}}{{#x}}{{#x}}{{x}}{{/x}}{{/x}}{{/deep}}", "{{#a}}{{.}}{{/a}}",
    "{{s p}}", "{{#zero}}x{{/zero}}{{^zero}}y{{/zero}}", "{{real}}{{zero}}{{f}}{{t}}{{none}}{{no}}{{neg}}{{big}}", "{{{b}}}{{b}}",
    "{{#b.c}}{{.}}{{/b.c}}", "{{#l}}\n- {{.}}\n{{/l}}\nend", "  {{#l}}{{.}}{{/l}}  \n", "{{^no}}\n{{/no}}\n",
]


def well_nested(rng, depth=0):
    parts = []
    for _ in range(rng.randint(1, 4)):
        if depth < 4 and rng.random() < 0.45:
            name = rng.choice(SECTIONS)
            parts.append("{{%s%s}}%s{{/%s}}" % (rng.choice("##^"), name, well_nested(rng, depth + 1), name))
        else:
            parts.append(rng.choice(LEAVES))
    return "".join(parts)


def mixtures():
    rng = random.Random(SEED)
    return ([well_nested(rng) for _ in range(400)] +
            ["".join(rng.choices(PIECES, k=rng.randint(1, 8))) for _ in range(1200)])


def theirs(template, data=DATA):
    """(None, the text) or ("refused", sentence) or ("error", sentence)."""
    try:
        prompts.PromptTemplate.from_template(template, template_format="mustache")
    except Exception as error:
        return "refused", repr(error)
    try:
        return None, mustache.render(template, data)
    except Exception as error:
        return "error", repr(error)


def asked(template, data=DATA):
    return {"op": "template", "mustache": True, "template": template, "variables": data}


def compare(templates):
    for template, ours in zip(templates, run_tool([asked(t) for t in templates])):
        failed, text = theirs(template)
        if failed:
            assert set(ours) & {"refused", "error"} == {failed}, (template, ours, text)
        else:
            assert ours.get("text") == text, (template, ours, text)


def test_templates_print_as_by_langchain():
    compare(PICKED)


def test_mixtures_print_as_by_langchain():
    templates = mixtures()
    printed = sum(theirs(t)[0] is None for t in templates)
    assert printed > 500 and len(templates) - printed > 300  # both sides are tried
    compare(templates)


def test_names_and_schemas_are_langchains():
    # pydantic takes what begins with "_" for its own and leaves it out
    templates = [t for t in [*PICKED, *mixtures()] if theirs(t)[0] != "refused" and "._" not in t]
    templates += ["{{a.x.y}} {{b.x.z}}", "{{a.a.a}}", "{{a.b}}{{#a}}{{c}}{{/a}}", "{{p q.x}}", "{{a}}{{a.b}}",
                  "{{#items}}{{name}}{{#tags}}{{.}}{{/tags}}{{/items}}", "{{a.x.k}}{{b.x.k}}{{c.x.k}}"]
    for template, ours in zip(templates, run_tool([asked(t) for t in templates])):
        prompt = prompts.PromptTemplate.from_template(template, template_format="mustache")
        assert ours["names"] == prompt.input_variables, template
        schema = prompt.get_input_jsonschema()
        if "string__" in schema.get("$defs", {}):  # what pydantic makes of a model without a name
            continue
        assert ours["schema"] == schema, template
        assert json.dumps(ours["schema"]["properties"]) == json.dumps(schema["properties"]), template


def spec_cases():
    for module in MODULES:
        path = SPEC / f"{module}.json"
        if not path.is_file():
            pytest.skip(f"{SPEC} is not there (set LANGSERVED_CORPORA)")
        for case in json.loads(path.read_text(encoding="utf-8"))["tests"]:
            yield f"{module}: {case['name']}", case


def test_the_specification():
    """Its core modules; a prompt's variables are an object, so cases with other data are not asked."""
    cases = [(name, case) for name, case in spec_cases() if isinstance(case["data"], dict)]
    answers = run_tool([asked(case["template"], case["data"]) for _, case in cases])
    assert len(cases) > 100
    different = set()
    for (name, case), ours in zip(cases, answers):
        assert ours.get("text") == theirs(case["template"], case["data"])[1], name
        if ours.get("text") != case["expected"]:
            different.add(name)
    assert different == NOT_AS_SPECIFIED


def test_depth_and_effort_are_bounded():
    deep = "{{#a}}" * 101 + "{{/a}}" * 101
    dots = "{{" + ".".join("a" * 101) + "}}"
    for template, ours in zip([deep, dots], run_tool([asked(deep), asked(dots)])):
        assert "100 deep" in ours["refused"], template
    fine = "{{#a}}" * 100 + "x" + "{{/a}}" * 100
    bomb = "{{#l}}" * 90 + "{{/l}}" * 90
    wide = "".join("{{v%d}}{{#s%d}}{{/s%d}}" % (i, i, i) for i in range(30000))
    answers = run_tool([asked(fine), asked(bomb, {"l": [1, 2, 3]}), asked(wide), asked("{{a " * 100000)])
    assert answers[0]["text"] == "x"
    assert "repeats too much" in answers[1]["error"]
    assert len(answers[2]["names"]) == 60000
    assert "unclosed" in answers[3]["refused"]
