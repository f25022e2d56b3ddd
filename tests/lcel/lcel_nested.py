"""Odd nestings: streams of objects, nothing and null between steps, errors that are handed on,
configurations inside each other, messages as they are written by hand."""

from langchain_core.runnables import ConfigurableField

from lcel_cases import (Case, broken, each_loud, fails_at_two, get_x, raising, said, say, split_words, upper)
from lcel_pairs import (alternatives, assign, branch, configured, each, fallbacks, function, generator, model,
                        modified, parallel, passthrough, pick, prompt, retry, router, sequence, template, to_json,
                        to_list, to_str, value)

WEIRD = [None, 0, "", [], {}, "ü", [None], {"a": None}, {"": {"": []}}, True, [[[[1]]]],
         {"x": {"y": {"z": [1, {"w": "é😀"}]}}}]
JSON = '{"a": 1, "b": [1, 2, {"c": "d e"}]}'
silent = generator("local x = 1", lambda _: [])
same = function("input", lambda v: v)
boom = raising("the cause")


objects = sequence(split_words, parallel(a=passthrough, b=each_loud))


def nested(wrap, depth, pair):
    for _ in range(depth):
        pair = wrap(pair)
    return pair


STREAMS = [
    Case("objects_pick", sequence(objects, pick("a")), ["p q", "p"]),
    Case("objects_pick_many", sequence(objects, pick(["b", "zz"])), ["p q"]),
    Case("objects_assign", sequence(objects, assign(c=pick("a"))), ["p q"]),
    Case("objects_assign_over", sequence(objects, assign(a=pick("b"))), ["p q"]),
    Case("objects_assign_stream", sequence(objects, assign(c=sequence(pick("a"), each_loud))), ["p q"]),
    Case("objects_parallel", sequence(objects, parallel(u=pick("a"), v=pick("b"), w=passthrough)), ["p q"]),
    Case("objects_branch", sequence(objects, branch((pick("a"), pick("a")), pick("b"))), ["p q"]),
    Case("objects_whole", sequence(objects, same), ["p q"]),
    Case("assign_reads_a_stream", sequence(parallel(a=said, b=passthrough), assign(b=sequence(pick("a"), upper))), ["x"]),
    Case("assign_thrice", sequence(assign(a=said), assign(b=pick("a")), assign(a=pick("q"))), [{"q": "Q"}]),
    Case("assign_of_parallel", sequence(assign(a=parallel(b=said, c=pick("q"))), pick("a"), pick("b")), [{"q": "Q"}]),
    Case("json_in_pieces", sequence(split_words, to_json, pick("b")), [JSON]),
    Case("json_in_pieces_assign", sequence(split_words, to_json, assign(c=value(7)), pick(["c", "a"])), [JSON]),
    Case("list_in_pieces", sequence(split_words, to_list), ["a, b, c", "a,b c,d"]),
    Case("branch_of_pieces", sequence(split_words, branch((passthrough, each_loud), passthrough)), ["a b c"]),
    Case("fallback_of_pieces", sequence(split_words, fallbacks(raising(), each_loud)), ["a b c", "a"]),
    Case("fallback_breaks_off", sequence(split_words, fallbacks(fails_at_two, each_loud)), ["a b c", "a"]),
    Case("parallel_of_pieces", sequence(split_words, parallel(a=passthrough, b=each_loud, c=upper)), ["a b c"]),
    Case("list_of_json", sequence(to_list, each(to_json)), ["1,2", "1,x"]),
]

NOTHING = [
    Case("pick_pick", sequence(pick("a"), pick("b")), [{"a": {"b": 1}}, {"a": {}}, {"a": None}, {}]),
    Case("pick_str", sequence(pick("a"), to_str), [{"a": "x"}, {"a": None}, {}]),
    Case("pick_json", sequence(pick("a"), to_json), [{"a": None}, {"z": 1}], unstreamed=True),
    Case("pick_passthrough", sequence(pick("a"), passthrough), [{}, {"a": None}, {"a": 0}]),
    Case("pick_parallel", sequence(pick("a"), parallel(x=passthrough)), [{"a": {}}, {"a": 1}]),
    Case("pick_many_nothing", sequence(pick(["q", "r"]), assign(s=value(1))), [{"q": 1}, {"q": None, "z": 1}]),
    Case("pick_assign", sequence(pick("a"), assign(b=value(1))), [{"a": {}}, {"a": 1}]),
    Case("pick_fallback", fallbacks(sequence(passthrough, pick("a"), to_str, upper), value("none")), [{"a": "x"}]),
    Case("null_then_str", sequence(value(None), to_str), [1], unstreamed=True),
    Case("null_then_pick", sequence(value({"a": None}), pick("a")), [1]),
    Case("silent_then_whole", sequence(silent, function("input == nil", lambda v: v is None)), [1], unstreamed=True),
    Case("silent_then_str", sequence(silent, to_str), [1]),
    Case("silent_then_pick", sequence(silent, pick("a")), [1]),
    Case("str_of_list", to_str, [["a"], []]),
    Case("json_of_list", to_json, [["a"]]),
    Case("list_of_messages", to_list, [[1]]),
    Case("passthrough_weird", sequence(passthrough, same), WEIRD),
    Case("pick_weird", pick("a"), WEIRD),
    Case("pick_many_weird", pick(["a", "x"]), WEIRD),
    Case("branch_weird", branch((same, value("A")), value("B")), WEIRD),
    Case("branch_pick_weird", branch((pick("a"), value("A")), value("B")), WEIRD),
    Case("parallel_weird", parallel(é=passthrough, b=value(None)), WEIRD),
    Case("router_weird", router(a=passthrough), [
        {"key": "a", "input": None}, {"key": "a"}, {"input": 1}, {"key": None, "input": 1}, {"key": "", "input": 1},
        {}, None, "a", ["a"], {"key": 1, "input": 2}]),
    Case("router_router", sequence(value({"key": "a", "input": {"key": "b", "input": 1}}),
                                   router(a=router(b=passthrough, c=raising()))), [0]),
    Case("each_nothing", each(each(passthrough)), [[], [[]], [[[]]], [1], [[1], 2]]),
]

told = function("{why = tostring(input.error), x = input.x}", lambda d: {"why": str(d["error"]), "x": d["x"]})

FAILURES = [
    Case("told", fallbacks(boom, told, key="error"), [{"x": 1}, {"x": 2, "error": "old"}]),
    Case("told_prompt", sequence(fallbacks(boom, sequence(prompt("{error} {x}"), to_str), key="error"), to_str), [{"x": 1}]),
    Case("told_template", sequence(passthrough, fallbacks(boom, sequence(template("{x}: {error}"), to_str), key="error")), [{"x": 1}]),
    Case("told_second", fallbacks(boom, raising("two"), sequence(template("{error}"), to_str), key="error"), [{"x": 1}]),
    Case("told_unneeded", fallbacks(value(1), pick(["x"]), key="error"), [{"x": 1}, "text", None, []]),
    Case("told_no_object", fallbacks(boom, pick(["x"]), key="error"), [{"x": 1}, "text", None, [], 5]),
    Case("told_in_assign", assign(y=fallbacks(boom, sequence(template("{error}"), to_str), key="error")), [{"x": 1}]),
    Case("told_of_model", fallbacks(sequence(template("{x}"), broken, to_str), sequence(template("{error}"), to_str), key="error"), [{"x": 1}]),
    Case("fallbacks_of_fallbacks", fallbacks(fallbacks(raising("a"), raising("b")), fallbacks(raising("c"), value("d"))), ["x"]),
    Case("each_retry", each(retry(get_x, 2)), [[{"x": 1}, {"x": 2}]]),
    Case("retry_each", retry(each(get_x), 2), [[{"x": 1}, {}], []]),
    Case("retry_fallback", retry(fallbacks(raising(), value(1)), 3), ["x"]),
    Case("each_fallback", each(fallbacks(get_x, value("none"))), [[{"x": 1}, {}, "s"]]),
    Case("each_branch", each(branch((pick("a"), pick("a")), value("none"))), [[{"a": 1}, {"a": 0}, {}]]),
    Case("each_router", each(router(a=upper, b=passthrough)), [
        [{"key": "a", "input": "x"}, {"key": "b", "input": 1}], [{"key": "c", "input": 1}]]),
    Case("each_assign", each(assign(b=pick("a"))), [[{"a": 1}, {"a": 2}], [1]]),
    Case("parallel_fallbacks", parallel(a=fallbacks(sequence(broken, to_str), said), b=fallbacks(raising(), value(3))), ["x"]),
]

DEEP = [
    Case("deep_sequence", nested(lambda p: sequence(passthrough, p), 12, upper), ["x"]),
    Case("deep_parallel", nested(lambda p: parallel(a=p), 8, upper), ["x"], unstreamed=True),
    Case("deep_branch", nested(lambda p: branch((value(False), raising()), p), 8, upper), ["x"]),
    Case("deep_fallbacks", nested(lambda p: fallbacks(raising(), p), 6, upper), ["x"]),
    Case("deep_each", nested(each, 5, passthrough), [[[[[[1]]]]], [[[[]]]], [[[[1]]]]]),
    Case("deep_assign", nested(lambda p: assign(a=p), 6, pick("q")), [{"q": 1}], unstreamed=True),
    Case("deep_router", nested(lambda p: router(a=p), 3, passthrough), [
        {"key": "a", "input": {"key": "a", "input": {"key": "a", "input": 5}}}, {"key": "a", "input": {"key": "a", "input": 1}}]),
]

joke, poem = template("joke {topic}"), template("poem {topic}")
TOPIC = [{"topic": "x"}, {}]


def chosen(pair, key, options, default, prefix=False):
    """Alternatives of a kind that has them in LangChain too."""
    return modified(
        pair, lambda runnable: runnable.configurable_alternatives(
            ConfigurableField(id=key), default_key=default, prefix_keys=prefix,
            **{name: option.theirs() for name, option in options.items()}),
        configurable={"alternatives": {"id": key, "default": default, "prefix_keys": prefix,
                                       "options": {name: option.ours for name, option in options.items()}}})


def set_to(pair, **configurable):
    return modified(pair, lambda runnable: runnable.with_config(configurable=configurable),
                    config={"configurable": configurable})


def texts():
    return chosen(joke, "prompt", {"poem": poem}, "joke")


def styles(prefix):
    calm = chosen(joke, "style", {"loud": template("LOUD {topic}")}, "calm")
    return chosen(calm, "kind", {"poem": chosen(poem, "style", {"loud": template("POEM {topic}")}, "calm")}, "joke", prefix)


def with_text():
    return modified(template("t {topic}"),
                    lambda runnable: runnable.configurable_fields(template=ConfigurableField(id="text")),
                    configurable={"fields": {"template": {"id": "text"}}})


def case(name, pair, inputs, **configurable):
    return Case(name, pair, inputs, config={"configurable": configurable})


CONFIGURED = [
    *[case("_".join(["styles", str(prefix), *chosen_ones, *chosen_ones.values()]), styles(prefix), TOPIC[:1], **chosen_ones)
      for prefix, chosen_ones in [
          (False, {"kind": "poem"}), (False, {"style": "loud"}), (False, {"kind": "poem", "style": "loud"}),
          (True, {"kind": "poem", "kind==poem/style": "loud"}), (True, {"kind==joke/style": "loud"}),
          (True, {"kind": "poem", "kind==joke/style": "loud"})]],
    case("prefix_over_chain", chosen(sequence(texts(), to_str), "m", {"b": sequence(texts(), value("b"))}, "a", True),
         TOPIC[:1], **{"m==a/prompt": "poem"}),
    case("set_by_chain", set_to(texts(), prompt="poem"), TOPIC[:1]),
    case("set_by_both", set_to(texts(), prompt="poem"), TOPIC[:1], prompt="joke"),
    case("set_twice", set_to(set_to(sequence(texts(), to_str), prompt="poem"), prompt="joke"), TOPIC[:1]),
    case("set_in_one", parallel(a=set_to(texts(), prompt="poem"), b=texts()), TOPIC[:1]),
    case("chosen_in_each", each(texts()), [[{"topic": 1}, {"topic": 2}]], prompt="poem"),
    case("chosen_in_branch", branch((pick("topic"), texts()), value("none")), TOPIC, prompt="poem"),
    case("chosen_in_router", router(a=texts()), [{"key": "a", "input": {"topic": 1}}], prompt="poem"),
    case("chosen_in_fallback", fallbacks(sequence(texts(), raising()), texts()), TOPIC[:1], prompt="poem"),
    case("chosen_in_retry", retry(texts(), 2), TOPIC[:1], prompt="poem"),
    case("chosen_other_kind", sequence(chosen(template("a {x}"), "p", {"chat": prompt([("system", "S"), ("human", "{x}")])}, "t"),
                                       say, to_str), [{"x": 1}], p="chat"),
    case("chosen_fails", fallbacks(chosen(model("small"), "llm", {"err": broken}, "small"), say), ["x"], llm="err"),
    case("chosen_by_two", chosen(chosen(joke, "a", {"x": poem}, "d"), "b", {"y": template("Y {topic}")}, "d"), TOPIC[:1], a="x"),
    case("chosen_by_both", chosen(chosen(joke, "a", {"x": poem}, "d"), "b", {"y": template("Y {topic}")}, "d"), TOPIC[:1], a="x", b="y"),
    *[case(f"text_{i}", with_text(), TOPIC, text=text) for i, text in enumerate(["other {topic}", "{topic} {more}", "no name"])],
    case("text_unset", sequence(with_text(), to_str), TOPIC),
    Case("tags_in_parallel", parallel(a=configured(passthrough, tags=["t1"]), b=passthrough), [1], config={"tags": ["req"]}),
    Case("metadata_in_steps", sequence(configured(said, tags=["b"]), configured(upper, metadata={"m": {"n": 1}})), ["x"],
         config={"tags": ["req"], "metadata": {"m": 1, "q": "r"}}),
    case("nested_alternatives", nested(lambda p: alternatives(p, "k", {"o": value(1)}, "d"), 3, upper), ["x"], k="o"),
]

asked = sequence(prompt(["past"]), model("ok"))
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


def written(name, *messages):
    return Case(f"written_{name}", asked, [{"past": [message]} for message in messages])


WRITTEN = [
    written("null", {"role": "user", "content": None}, {"role": "assistant", "content": None},
            {"role": "assistant", "content": None, "tool_calls": [CALL]}),
    written("calls", {"role": "assistant", "content": "", "tool_calls": [CALL]},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "name": "f", "args": {"a": 1}}]},
            {"role": "assistant", "content": "x", "tool_calls": None}),
    written("tool", {"role": "tool", "content": "a", "tool_call_id": "t"}, {"role": "tool", "content": "a"}, ["tool", "a"],
            {"role": "tool", "content": "a", "tool_call_id": "t", "status": "error", "artifact": {"a": 1}}),
    written("function", {"role": "function", "content": "a", "name": "f"}, {"role": "function", "content": "a"}, ["function", "a"]),
    written("developer", {"role": "developer", "content": "a"}, ["developer", "a"]),
    written("no_content", {"role": "user", "content": 5}, {"role": "user", "content": [5]}, {"role": "user", "content": {"a": 1}},
            ["human", 5], ["human", None], {"role": "user"}),
    written("wrongly", ["human"], ["human", "a", "b"], [], [1, "a"], {}, {"content": "a"}, {"role": "USER", "content": "a"}, None),
    Case("written_pair", asked, [{"past": ["human", "b"]}, {"past": "text"}, {"past": {}}, {"past": 5}]),
    Case("written_to_a_model", model("ok"), [["human", "b"], ["a", "b"], [["system", "a"], "b"], [["tool", "a"]]]),
]


def cases():
    return [*STREAMS, *NOTHING, *FAILURES, *DEEP, *CONFIGURED, *WRITTEN]
