"""Prompts, as an expression of ours and as LangChain makes them, and the inputs they are given."""

import dataclasses
import random
import typing

from langchain_core.example_selectors import LengthBasedExampleSelector
from langchain_core.prompts import (ChatPromptTemplate, FewShotChatMessagePromptTemplate,
                                    FewShotPromptTemplate, MessagesPlaceholder, PromptTemplate)

SEED = 20240611


@dataclasses.dataclass
class Prompt:
    name: str
    ours: typing.Any
    theirs: typing.Callable
    inputs: list


def chat(name, messages, inputs, format="f-string", partial=None, theirs=None):
    ours = {"prompt": messages}
    if format != "f-string":
        ours["format"] = format
    if partial:
        ours["partial"] = partial

    def build():
        made = ChatPromptTemplate.from_messages(
            theirs() if theirs else [tuple(m) if isinstance(m, list) else m for m in messages], template_format=format)
        return made.partial(**partial) if partial else made

    return Prompt(name, ours, build, inputs)


def text(name, template, inputs, format="f-string", partial=None):
    ours = {"template": template}
    if format != "f-string":
        ours["format"] = format
    if partial:
        ours["partial"] = partial
    return Prompt(name, ours, lambda: PromptTemplate.from_template(
        template, template_format=format, partial_variables=partial), inputs)


URLS = ["http://x/a.png", "", 'q"<', 7, None, {"u": 1}, ["a"], True, "data:image/png;base64,AAAA", 1.5]
ANY = ["text", "", 0, 1.5, None, True, [], [1, {"a": None}], {"k": "v"}, "é<&\"'>", "{x}", "{{x}}"]


def over(name, values=ANY, **more):
    return [{name: value, **more} for value in values]


EXAMPLES = [{"q": "hot", "a": "cold"}, {"q": "very tall", "a": "short"}, {"q": "up\nthere", "a": "down"},
            {"q": "a  b", "a": ""}]
EXAMPLE = "{q} is {a}"


def few_shot(name, inputs, *, examples=None, max_length=None, partial=None, example=EXAMPLE, **around):
    examples = EXAMPLES if examples is None else examples
    ours = {"examples": examples, "example": example, **around}
    if max_length is not None:
        ours["max_length"] = max_length
    expression = {"few_shot": ours, **({"partial": partial} if partial else {})}

    def build():
        one = PromptTemplate.from_template(example)
        how = {"examples": examples} if max_length is None else {"example_selector": LengthBasedExampleSelector(
            examples=examples, example_prompt=one, max_length=max_length)}
        keys = {"separator": "example_separator"}
        return FewShotPromptTemplate(example_prompt=one, partial_variables=partial or {}, **how,
                                     **{"suffix": "", **{keys.get(k, k): v for k, v in around.items()}})

    return Prompt(name, expression, build, inputs)


PAIR = [["human", "{q}"], ["ai", "{a}"]]


def few_shot_chat(name, inputs, *, max_length=None, measure=EXAMPLE, within=True):
    ours = {"examples": EXAMPLES, "example": PAIR}
    if max_length is not None:
        ours |= {"max_length": max_length, "measure": measure}

    def build():
        how = {"examples": EXAMPLES} if max_length is None else {"example_selector": LengthBasedExampleSelector(
            examples=EXAMPLES, example_prompt=PromptTemplate.from_template(measure), max_length=max_length)}
        shots = FewShotChatMessagePromptTemplate(
            example_prompt=ChatPromptTemplate.from_messages([tuple(m) for m in PAIR]), **how)
        return ChatPromptTemplate.from_messages([("system", "Be {tone}."), shots, ("human", "{word}")]) if within else shots

    expression = {"few_shot": ours}
    return Prompt(name, {"prompt": [["system", "Be {tone}."], expression, ["human", "{word}"]]} if within else expression,
                  build, inputs)


WORDS = [{"word": w, "tone": "kind"} for w in ["", "one", "one two", "a b\nc d", "  ", "\n\n\n", "x " * 9, "x " * 14]]
PAST = [{"type": "human", "content": "one"}, {"type": "ai", "content": "two"}, {"type": "human", "content": "three"}]

PERSON = [{"person": {"name": "Ada", "tags": ["x", {"t": 1}]}, "n": 1}, {"person": None, "n": 0}, {"person": [], "n": ""},
          {"person": {}, "n": []}, {"n": 1}, "Ada", {"person": {"name": "<b>&\"'"}, "n": {"a": 1}}, {"person": "Ada", "n": None}]
MUSTACHE = "Hi {{person.name}}{{#person.tags}}, {{.}}{{t}}{{/person.tags}}{{^n}} none{{/n}} {{{n}}}"

PROMPTS = [
    chat("human", [["human", "Say {x}."]], over("x") + [{}, "bare", 5, None, [1], {"y": 1}]),
    chat("roles", [["system", "s {x}"], ["user", "u {x!r}"], ["assistant", "a {x}"], ["ai", "{{}}"], "bare {x}"], over("x")),
    chat("formats", [["human", "{x:>8}|{y:.2f}"]], [{"x": "a", "y": 1}, {"x": 1, "y": "a"}, {"x": None, "y": 2}, {"x": 1.5, "y": True}]),
    chat("dict_message", [{"role": "system", "content": "s {x}"}, {"role": "user", "content": "u"}], over("x", ["a", 1])),
    chat("braced_placeholder", [["placeholder", "{past}"], ["human", "{x}"]],
         [{"x": 1}, {"x": 1, "past": PAST}, {"x": 1, "past": []}, {"past": PAST}]),
    chat("last_messages", [{"placeholder": "past", "n_messages": 2}, ["human", "hi"]],
         [{"past": PAST}, {"past": PAST[:1]}, {"past": []}, {}, {"past": "x"}, {"past": 5}],
         theirs=lambda: [MessagesPlaceholder("past", n_messages=2), ("human", "hi")]),
    chat("partial", [["system", "{a} {b}"], ["human", "{c}"]],
         [{"c": 1}, {"c": 1, "a": "own"}, "bare", {}, {"a": 1, "b": 2, "c": 3}, {"c": 1, "a": None}],
         partial={"a": "A", "b": {"k": [1, None]}}),
    chat("partial_all", [["human", "{a}"]], [{}, {"a": 2}, {"z": 1}, "bare", []], partial={"a": 1.0}),
    chat("partial_unused", [["human", "{x}"]], over("x", [1, "a"]) + [{}, "bare"], partial={"zz": "?"}),
    chat("partial_place", [{"placeholder": "past"}, ["human", "{x}"]], [{"x": 1}, "bare", {"x": 1, "past": []}],
         partial={"past": []}, theirs=lambda: [MessagesPlaceholder("past"), ("human", "{x}")]),
    chat("mustache", [["system", "{{#l}}<{{.}}>{{/l}}"], ["human", "{{{x}}} {{x}} {x}"]],
         [{"l": [1, "a", None, 0, ["n"]], "x": v} for v in ANY] + [{}, {"l": 1}, "bare", {"l": True, "x": "<"}], format="mustache"),
    chat("mustache_partial", [["human", "{{a}}{{#b}}{{c}}{{/b}}"]], [{"a": 1}, {"a": 1, "b": []}, "bare", {}],
         format="mustache", partial={"b": [{"c": "x"}, {}]}),
    text("template", "Say {x}: {{}} {x!r:>5}", over("x") + [{}, "bare", [1]]),
    text("template_none", "nothing", [{}, {"x": 1}, "bare", None]),
    text("template_partial", "{a}-{b}", [{"b": 1}, "bare", {"a": 1, "b": 2}, {}, {"b": None}], partial={"a": [True]}),
    text("template_mustache", MUSTACHE, PERSON, format="mustache"),
    text("template_mustache_partial", MUSTACHE, PERSON, format="mustache", partial={"n": 3}),
    text("template_mustache_all", "{{.}}|{{{.}}}", [{}, {"a": 1}, {"a": "<"}, "bare"], format="mustache"),
    # ---- parts of a content ----
    chat("parts_text", [["human", ["a {x}", {"type": "text", "text": "{x}"}, {"text": "b"}]]], over("x") + [{}, "bare"]),
    chat("parts_system", [["system", [{"type": "text", "text": "{x}"}]], ["ai", [{"type": "text", "text": "{x}"}, "y"]]], over("x")),
    chat("image", [["human", [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": "{u}"}]]], over("u", URLS) + [{}, "bare"]),
    chat("image_base64", [["human", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,{u}"}}]]], over("u", URLS)),
    chat("image_detail", [["human", [{"type": "image_url", "image_url": {"url": "{u}", "detail": "{d}"}}]]],
         [{"u": u, "d": d} for u in ("http://x", "") for d in ("low", "", None)] + [{"u": "x"}]),
    chat("image_path", [["human", [{"type": "image_url", "image_url": {"path": "{p}", "url": "u"}}]]], over("p", ["", "/etc/passwd", 1])),
    chat("image_more", [["human", [{"type": "image_url", "image_url": {"url": "{u}", "other": "lost", "n": 1}}]]], over("u", ["x"])),
    chat("image_constant", [["human", [{"image_url": "http://x/y.png"}]]], [{}, {"a": 1}]),
    chat("data", [["human", [{"type": "file", "source_type": "base64", "mime_type": "{m}", "data": "{x}", "n": [1, True, None, 1.5],
                              "list": ["{x}", {"deep": "{m}"}, ["{x}"]], "cache": {"a": {"b": "{x}"}}}]]],
         [{"m": "application/pdf", "x": v} for v in ANY] + [{"m": 1}, {}]),
    chat("image_block", [["human", [{"type": "image", "url": "{u}"}, {"type": "image", "base64": "{b}", "mime_type": "image/png"}]]],
         [{"u": "http://x", "b": "AAAA"}, {"u": 1, "b": None}, {"u": ""}]),
    chat("text_more", [["human", [{"type": "text", "text": "{x}", "cache_control": {"type": "ephemeral"}}]]], over("x")),
    chat("image_url_more", [["human", [{"type": "image_url", "image_url": {"url": "{u}"}, "k": "{u}"}]]], over("u", URLS)),
    chat("parts_mustache", [["human", [{"type": "text", "text": "{{#l}}{{.}}{{y}}{{/l}}"}, {"type": "image_url", "image_url": "{{u}}"},
                                       {"type": "x", "d": ["{{y.z}}"]}, "{{y}}"]]],
         [{"l": [1, 2], "u": "http://x?a&b", "y": {"z": "<"}}, {"l": [], "u": "x", "y": 0}, {"l": 1, "u": "", "y": 1}, {}],
         format="mustache"),
    chat("parts_scope", [["human", [{"type": "text", "text": "{{#l}}{{y}}{{/l}}"}]], ["human", "{{#l}}{{y}}{{/l}}"]],
         [{"l": [1, 2], "y": "seen"}], format="mustache"),
    chat("parts_none", [["human", []]], [{}]),
    chat("parts_partial", [["human", [{"type": "text", "text": "{x} {p}"}]]], over("x", ["a", 1]), partial={"p": "P"}),
    # ---- examples ----
    few_shot("shots", WORDS + [{}, "bare", {"word": 5, "tone": None}], prefix="Be {tone}.", suffix="{word} is"),
    few_shot("shots_lines", WORDS[:3], prefix="Be {tone}.", suffix="{word} is", separator="\n"),
    few_shot("shots_joined", WORDS[:3], suffix="{word} {tone}", separator=""),
    few_shot("shots_separated", WORDS[:3], suffix="{word}", separator=" {tone} "),
    few_shot("shots_alone", [{}, {"x": 1}, "bare"]),
    few_shot("shots_none", WORDS[:2], examples=[], prefix="{tone}", suffix="{word}"),
    few_shot("shots_partial", WORDS[:3] + [{"word": 1}, "bare"], prefix="{tone}", suffix="{word}", partial={"tone": "calm"}),
    few_shot("shots_braces", [{"word": "w", "x": "X"}, {"word": "w"}], examples=[{"q": "{x}", "a": "{{b}}"}], suffix="{word}"),
    *[few_shot(f"shots_by_{n}", WORDS + [{"word": 5, "tone": "x"}, {"word": "x", "tone": "y", "more": "z w"}],
               prefix="{tone}", suffix="{word}", max_length=n) for n in (1, 2, 5, 6, 9, 10, 14, 15, 40)],
    few_shot_chat("chat_shots", WORDS[:4] + [{}, "bare"]),
    few_shot_chat("chat_shots_alone", [{}, {"x": 1}, "bare"], within=False),
    *[few_shot_chat(f"chat_shots_by_{n}", WORDS + [{"word": 5, "tone": "x"}], max_length=n) for n in (1, 4, 6, 9, 10, 15, 40)],
    few_shot_chat("chat_shots_measured", WORDS, max_length=9, measure="{q} {q} {q}"),
]


def composed(name, expressions, theirs, inputs):
    """`expressions`: the prompts under `chains:`, the last one is asked."""
    return name, expressions, theirs, inputs


def from_messages(*messages, **more):
    return ChatPromptTemplate.from_messages(list(messages), **more)


COMPOSED = [
    composed("add", {"add_a": {"prompt": [["system", "{a} {x}"]]},
                     "add": {"prompt": [{"messages": "add_a"}, ["human", "{x}"]]}},
             lambda: from_messages(("system", "{a} {x}")) + from_messages(("human", "{x}")),
             [{"a": 1, "x": 2}, {"x": 1}, "bare"]),
    composed("add_partial", {"part_a": {"prompt": "{a} {x}", "partial": {"a": "A", "x": "X"}},
                             "part_b": {"prompt": "{a}", "partial": {"a": "B"}},
                             "add_partial": {"prompt": [{"messages": "part_a"}, {"messages": "part_b"}, ["human", "{y}"]]}},
             lambda: from_messages(("human", "{a} {x}")).partial(a="A", x="X") + from_messages(("human", "{a}")).partial(a="B") +
             from_messages(("human", "{y}")),
             [{"y": 1}, "bare", {"y": 1, "a": "own"}, {}]),
    composed("add_formats", {"fmt_a": {"prompt": "{{a}}", "format": "mustache"},
                             "add_formats": {"prompt": [{"messages": "fmt_a"}, ["human", "{{a}} {a}"]]}},
             lambda: from_messages(("human", "{{a}}"), template_format="mustache") + from_messages(("human", "{{a}} {a}")),
             [{"a": "<"}, "bare", {"a": None}]),
    composed("add_place", {"place_a": {"prompt": [{"placeholder": "past", "optional": True}]},
                           "add_place": {"prompt": [{"messages": "place_a"}, ["human", "{x}"]]}},
             lambda: from_messages(MessagesPlaceholder("past", optional=True)) + from_messages(("human", "{x}")),
             [{"x": 1}, {"x": 1, "past": PAST}, "bare"]),
]


def f_strings():
    """Mixtures, most of which LangChain refuses."""
    chance = random.Random(SEED)
    pieces = ["{x}", "{y!r}", "{x:>4}", "{{", "}}", "{", "}", "{x.a}", "{x[0]}", "{0}", "{x:{y}}", "{ x }", "a", "é", "\n", "!", ":",
              "{x!s:^9}", "{stop}", "{12}", "[", "{x!q}"]
    return ["".join(chance.choices(pieces, k=chance.randint(1, 5))) for _ in range(150)]
