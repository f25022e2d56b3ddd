"""Hand-picked chains: each primitive alone, inside the others, and where it goes wrong."""

import dataclasses

from lcel_pairs import (Pair, alternatives, assign, bound, branch, broken, configured, each,
                        fallbacks, fixing, function, generator, model, parallel, passthrough, pick,
                        prompt, raising, retriever, retry, router, sequence, template, texts,
                        to_boolean, to_json, to_list, to_markdown, to_numbered, to_str, to_xml, tool,
                        transform, value)


@dataclasses.dataclass
class Case:
    name: str
    pair: Pair
    inputs: list
    config: dict = dataclasses.field(default_factory=dict)
    unstreamed: bool = False  # LangChain has a fault of its own there
    unbatched: bool = False


upper = function("text.upper(input)", lambda s: s.upper())
double = function("{x = input.x * 2}", lambda d: {"x": d["x"] * 2})
get_number = function("input + 1", lambda n: n + 1)
get_x = function("input.x + 0", lambda d: d["x"])
is_big = function("input.x > 10", lambda d: d["x"] > 10)
is_even = function("input.x % 2 == 0", lambda d: d["x"] % 2 == 0)
say = model("Bonjour, comment ça va ?")
ask = prompt("Translate {text} to {language}")
translate = sequence(ask, say, to_str)
ASKED = [{"text": "Hello", "language": "French"}, {"text": "", "language": "中文"}]
NUMBERS = [{"x": 1}, {"x": 12}, {"x": -3}]
countries = model('{"countries": [{"name": "France", "pop": 67}], "ok": true}')


def words(text):
    for word in text.split(" "):
        yield word + " "


def shout(chunks):
    for chunk in chunks:
        yield chunk.upper() + "!"


def count(chunks):
    yield str(sum(1 for _ in chunks))


def first_two(chunks):
    for number, chunk in enumerate(chunks, 1):
        yield chunk
        if number == 2:
            return


def around(chunks):
    yield "<"
    yield from chunks
    yield ">"


def shout_text(text: str) -> str:
    """Shout."""
    return text + "!"


def nothing(chunks):
    for _ in chunks:
        pass
    return
    yield


def pairs_of(chunks):
    held = None
    for chunk in chunks:
        if held is None:
            held = chunk
        else:
            yield held + chunk + "|"
            held = None
    if held is not None:
        yield held


def fail_at_two(chunks):
    for number, chunk in enumerate(chunks, 1):
        if number == 2:
            raise ValueError("two")
        yield chunk


def totals(chunks):
    for chunk in chunks:
        yield [sorted(chunk)]


each_loud = transform("for c in chunks() do emit(text.upper(c) .. '!') end", shout)
counted = transform("local n = 0 for _ in chunks() do n = n + 1 end emit(tostring(n))", count)
two = transform("local n = 0 for c in chunks() do emit(c) n = n + 1 "
                "if n == 2 then return end end", first_two)
in_brackets = transform("emit('<') for c in chunks() do emit(c) end emit('>')", around)
silent = transform("for c in chunks() do end", nothing)
paired = transform("local held for c in chunks() do if held then emit(held .. c .. '|') held = nil "
                   "else held = c end end if held then emit(held) end", pairs_of)
fails_at_two = transform("local n = 0 for c in chunks() do n = n + 1 if n == 2 then error('two') end "
                         "emit(c) end", fail_at_two)
keys = transform("for c in chunks() do local k = {} for key in pairs(c) do k[#k + 1] = key end "
                 "table.sort(k) emit({json.array(k)}) end", totals)
split_words = generator("for word in string.gmatch(input, '[^ ]+') do emit(word .. ' ') end", words)

def multiply(a: int, b: int = 2) -> int:
    """Multiply two numbers."""
    return a * b


def describe(name: str, tags: list = []) -> dict:  # pylint: disable=dangerous-default-value
    """Describe a thing."""
    return {"half": 0.5, "name": name, "none": None, "tags": tags}


def refuse(text: str) -> str:
    """Do nothing."""
    raise ValueError(text)


tell = texts("abc def")
times = tool("input.a * input.b", multiply,
             a={"type": "integer"}, b={"type": "integer", "default": 2})
about = tool("{name = input.name, tags = input.tags, half = 0.5, none = json.null}", describe,
             name={"type": "string"}, tags={"type": "array", "default": []})
refusing = tool("error(input.text)", refuse, text={"type": "string"})
shelf = retriever("{{page_content = 'on ' .. input, metadata = {n = text.length(input)}}, {page_content = 'b'}}",
                  lambda q: [(f"on {q}", {"n": len(q)}), ("b", {})])
contents = function("local t = {} for i, d in ipairs(input) do t[i] = d.page_content end "
                    "return table.concat(t, ' ')",
                    lambda found: " ".join(d.page_content for d in found))


def called(name, args, number="c1"):
    return {"type": "tool_call", "name": name, "args": args, "id": number}


MODELS_AND_TOOLS = [
    Case("text_model", tell, ["Hi", "Ho"]),
    Case("text_model_of_messages", sequence(texts("x"), to_str),
         [[["human", "hi"], ["ai", "yo"], ["system", "s"]]]),
    Case("text_model_wrong_input", tell, [5]),
    Case("text_model_whole", texts("abc", streams=False), ["Hi"]),
    Case("text_model_then_str", sequence(passthrough, tell, to_str), ["Hi"]),
    Case("text_model_whole_then_str", sequence(texts("abc", streams=False), to_str), ["Hi"]),
    Case("text_model_of_prompt", sequence(prompt("Say {x}"), tell), [{"x": 1}]),
    Case("text_model_of_template", sequence(template("Say {x}"), tell, upper), [{"x": 1}]),
    Case("text_model_json", sequence(texts('{"a": [1, 2]}'), to_json), ["x"]),
    Case("text_model_list", sequence(texts("a, b"), to_list), ["x"]),
    Case("text_model_transform", sequence(tell, each_loud), ["x"]),
    Case("text_model_in_parallel", parallel(a=texts("one"), b=passthrough), ["x"]),
    Case("text_model_in_assign", assign(said=sequence(prompt("{x}"), texts("one"))), [{"x": 1}]),
    Case("text_model_after_error", sequence(raising(), tell), ["x"]),
    Case("text_model_fallback", sequence(fallbacks(raising(), tell), to_str), ["x"]),
    Case("text_model_bound", sequence(bound(texts("abc", streams=False), stop=["x"]), to_str), ["x"]),
    Case("tool", times, [{"a": 3, "b": 4}, {"a": 5}, {"a": "3"}, {"a": 1, "zz": 2}]),
    Case("tool_wrong_arguments", times, [{}, {"a": "x"}, {"b": 1}]),
    Case("tool_of_text", tool("input.text .. '!'", shout_text, text={"type": "string"}), ["hey"]),
    Case("tool_in_sequence", sequence(passthrough, times, get_number), [{"a": 3}]),
    Case("tool_called", sequence(passthrough, times), [called("multiply", {"a": 3})]),
    Case("tool_called_wrongly", sequence(passthrough, times), [called("multiply", {})]),
    Case("tool_called_gives_object", sequence(passthrough, about),
         [called("describe", {"name": "ü", "tags": [1, "x"]}), called("describe", {"name": ""})]),
    Case("tool_gives_object", about, [{"name": "x"}]),
    Case("tool_fails", sequence(passthrough, refusing), [{"text": "no"}]),
    Case("tool_in_each", each(sequence(passthrough, times)),
         [[called("multiply", {"a": 1}), called("multiply", {"a": 2}, "c2")]]),
    Case("tool_in_parallel", parallel(t=times, p=passthrough), [{"a": 4}]),
    Case("retriever", shelf, ["q", ""]),
    Case("retriever_then_lambda", sequence(shelf, contents), ["q"]),
    Case("retriever_of_model", sequence(say, to_str, shelf, contents), ["x"]),
    Case("retriever_fails", sequence(passthrough, retriever("error('no')", refuse)), ["q"]),
    Case("retriever_rag", sequence(
        parallel(context=sequence(shelf, contents), question=passthrough),
        prompt("Context: {context}\nQuestion: {question}"), tell), ["why?"]),
    Case("retriever_in_assign", assign(found=sequence(pick("q"), shelf)), [{"q": "x"}]),
]

LEAVES = [
    Case("passthrough", passthrough, [1, "a", None, [1, 2], {"a": {"b": []}}, 1.5, True]),
    Case("value_object", value({"b": 1, "a": [None, "x"]}), [1]),
    Case("value_text", value("constant"), [{"any": 1}]),
    Case("prompt", ask, ASKED),
    Case("prompt_roles", prompt([("system", "You are {role}."), ("human", "{q}"), ("ai", "Yes?")]),
         [{"role": "a poet", "q": "Why?"}]),
    Case("prompt_missing", ask, [{"text": "x"}]),
    Case("prompt_no_variables", prompt("Hello"), [{}, {"a": 1}]),
    Case("prompt_one_variable_bare", prompt("Say {it}"), ["this", 5]),
    Case("prompt_braces", prompt("{{literal}} {x}"), [{"x": "1"}]),
    Case("prompt_formats", prompt("{x:>5}|{y:.2f}|{z!r}"), [{"x": "a", "y": 1.5, "z": "q"}]),
    Case("prompt_placeholder", prompt([("system", "S"), "history", ("human", "{q}")]),
         [{"history": [["human", "a"], ["ai", "b"]], "q": "c"}, {"history": [], "q": "d"}]),
    Case("prompt_placeholder_missing", prompt(["history"]), [{}]),
    Case("prompt_placeholder_optional", prompt(["history?", ("human", "{q}")]), [{"q": "x"}]),
    Case("template", template("a {b} c"), [{"b": 1}, {"b": None}, {"b": [1, "x"]}]),
    Case("template_missing", template("a {b} c"), [{}]),
    Case("model_of_text", say, ["Hi"]),
    Case("model_of_messages", say, [[["human", "hi"]], [["system", "s"], ["human", "hi"]]]),
    Case("model_broken", broken, ["x"]),
    Case("model_wrong_input", say, [5]),
    Case("model_then_str", sequence(say, to_str), ["x"]),
    Case("str_of_text", to_str, ["abc", ""]),
    Case("str_of_number", to_str, [5]),
    Case("json_of_text", to_json, ['{"a": 1}', "[1, 2", "```json\n{\"a\": [1]}\n```"]),
    Case("json_of_nonsense", to_json, ["nothing here"]),
    Case("json_streamed", sequence(countries, to_json), ["x"]),
    Case("list_of_text", to_list, ["a, b,c", "one", ""]),
    Case("list_streamed", sequence(model("red, green, blue"), to_list), ["x"]),
    Case("numbered_streamed", sequence(model("Here:\n1. red\n2. dark green\n"), to_numbered), ["x"]),
    Case("numbered_of_text", to_numbered, ["1. a\n2. b"]),
    Case("markdown_streamed", sequence(model("- red\n* dark green"), to_markdown), ["x"]),
    Case("xml_streamed", sequence(model("So: <a><b>1</b><b>2</b><c/></a> there"), to_xml), ["x"]),
    Case("xml_cut_off", sequence(model("<a><b>1</b><b>2"), to_xml), ["x"], unbatched=True),
    Case("xml_of_text", to_xml, ["<a><b>1</b></a>", "<a>"]),
    Case("xml_then_pick", sequence(model("<a><b>1</b><b>2</b></a>"), to_xml, pick("a")), ["x"]),
    Case("boolean_of_model", sequence(model("Yes, it is"), to_boolean), ["x"]),
    Case("boolean_in_parallel", parallel(a=sequence(model("no"), to_boolean), b=passthrough), ["x"]),
    Case("fixing_not_needed", sequence(model("[1]"), fixing(to_json, value("[2]"))), ["x"]),
    Case("fixing_mends", sequence(model("one"), fixing(to_json, value("[2]"))), ["x"]),
    Case("fixing_gives_up", sequence(model("one"), fixing(to_json, value("two"), max_retries=2)), ["x"]),
    Case("fixing_chain_fails", sequence(model("one"), fixing(to_json, raising())), ["x"]),
    Case("fixing_asks_a_model", sequence(model("one"), fixing(
        to_json, sequence(pick("completion"), model('{"a": 1}'), to_str))), ["x"]),
    Case("pick_one", pick("a"), [{"a": 1, "b": 2}, {"a": None}, {"a": [1, {"c": 2}]}]),
    Case("pick_many", pick(["a", "c"]), [{"a": 1, "b": 2, "c": 3}, {"c": 1}]),
    Case("pick_missing", pick("z"), [{"a": 1}]),
    Case("pick_wrong_input", pick("a"), ["text"]),
    Case("lambda", upper, ["abc", "é ñ", ""]),
    Case("lambda_object", double, NUMBERS),
    Case("lambda_error", raising(), ["x"]),
    Case("lambda_wrong_type", get_x, ["text"]),
    Case("lambda_null", function("nil", lambda _: None), [1]),
    Case("lambda_list", function("{input, input}", lambda v: [v, v]), [1, "a"]),
    Case("lambda_float", function("input / 2", lambda v: v / 2), [5, 4, 2.5]),
    Case("lambda_integer_division", function("input // 2", lambda v: v // 2), [5, -5]),
    Case("lambda_modulo", function("input % 3", lambda v: v % 3), [5, -5, 7]),
    Case("lambda_condition", function("input and 'yes' or 'no'", lambda v: "yes" if v else "no"),
         [True, False]),
    Case("lambda_body", function("local n = 0\nfor _, v in ipairs(input) do n = n + v end\nreturn n",
                                 sum), [[1, 2, 3], []]),
    Case("lambda_keys_keep_order",
         function("input.z = 1; return input", lambda d: {**d, "z": 1}), [{"b": 1, "a": 2}]),
    Case("lambda_nested", function("{a = {b = input}}", lambda v: {"a": {"b": v}}), ["x", [1]]),
    Case("generator", split_words, ["one two three", "one"]),
    Case("generator_then_str", sequence(split_words, to_str), ["a b"]),
]

said = sequence(say, to_str)
TRANSFORMS = [
    Case("transform", sequence(said, each_loud), ["x"]),
    Case("transform_alone", each_loud, ["abc", ""]),
    Case("transform_counts", sequence(said, counted), ["x"]),
    Case("transform_counts_whole", counted, ["abc", [1, 2], {"a": 1}]),
    Case("transform_twice", sequence(said, each_loud, in_brackets, each_loud), ["x"]),
    Case("transform_pairs", sequence(said, paired), ["x"]),
    Case("transform_ends_early", sequence(said, two), ["x"]),
    Case("transform_ends_early_then", sequence(said, two, in_brackets), ["x"]),
    Case("transform_after_lambda", sequence(upper, in_brackets), ["x"]),
    Case("transform_then_lambda", sequence(said, in_brackets, upper), ["x"]),
    Case("transform_then_model", sequence(said, in_brackets, model("so"), to_str), ["x"]),
    Case("transform_after_error", sequence(raising(), in_brackets), ["x"]),
    Case("transform_after_broken_model", sequence(broken, to_str, each_loud), ["x"]),
    Case("transform_fails", sequence(said, fails_at_two), ["x"]),
    Case("transform_of_wrong_type", each_loud, [{"a": 1}]),
    Case("transform_of_snapshots", sequence(countries, to_json, keys), ["x"]),
    Case("transform_of_list", sequence(model("a, b,c"), to_list, counted), ["x"]),
    Case("transform_of_generator", sequence(split_words, each_loud), ["one two three"]),
    Case("transform_silent", silent, ["x"]),
    Case("transform_in_parallel", parallel(a=sequence(said, each_loud), b=passthrough), ["x"]),
    Case("transform_of_parallel", sequence(parallel(a=passthrough, b=value(1)),
                                           function("input", lambda v: v), keys), ["x"]),
    Case("transform_in_assign", assign(t=sequence(pick("q"), in_brackets)), [{"q": "x", "r": 1}]),
    Case("silent_in_assign", assign(t=silent), [{"a": 1}]),
    Case("silent_in_parallel", parallel(t=silent, u=value(1)), ["x"]),
    Case("silent_alone_in_parallel", parallel(t=silent), ["x"]),
    Case("silent_in_assign_then", sequence(assign(t=silent), pick("a")), [{"a": 1}]),
    Case("transform_in_fallback", fallbacks(sequence(said, fails_at_two), value("saved")), ["x"]),
    Case("transform_with_fallback", fallbacks(sequence(broken, to_str, each_loud),
                                              sequence(said, each_loud)), ["x"]),
    Case("transform_retried", retry(each_loud, 2), ["abc"]),
    Case("transform_in_branch", branch((value(True), each_loud), in_brackets), ["abc"]),
    Case("transform_as_default", sequence(said, branch((value(False), each_loud), in_brackets)),
         ["abc"]),
    Case("transform_in_router", router(a=each_loud), [{"key": "a", "input": "b"}]),
    Case("transform_of_each", each(in_brackets), [["a", "b"], []]),
    Case("transform_in_each_chain", each(sequence(said, counted)), [["a", "b"]]),
]

SEQUENCES = [
    Case("translate", translate, ASKED),
    Case("translate_missing", translate, [{"text": "x"}]),
    Case("template_model_str", sequence(template("Hi {x}"), say, to_str), [{"x": 1}]),
    Case("prompt_model", sequence(ask, say), ASKED[:1]),
    Case("two_lambdas", sequence(double, double), NUMBERS),
    Case("lambda_breaks_stream", sequence(say, to_str, upper), ["x"]),
    Case("error_first", sequence(raising(), upper), ["x"]),
    Case("error_last", sequence(say, to_str, raising()), ["x"]),
    Case("error_middle", sequence(double, raising(), double), NUMBERS),
    Case("nested", sequence(sequence(double, sequence(double, double)), get_x), NUMBERS),
    Case("model_to_model", sequence(say, to_str, model("again"), to_str), ["x"]),
    Case("json_then_pick", sequence(countries, to_json, pick("ok")), ["x"]),
    Case("json_then_pick_list", sequence(countries, to_json, pick("countries")), ["x"]),
    Case("json_then_lambda", sequence(countries, to_json, function("#input.countries",
                                                                   lambda d: len(d["countries"]))),
         ["x"]),
    Case("prompt_str", sequence(ask, to_str), ASKED[:1]),
    Case("passthroughs", sequence(passthrough, passthrough, passthrough), [1, {"a": 1}]),
    Case("many_steps", sequence(*[double] * 20), [{"x": 1}]),
    Case("value_then_model", sequence(value("ask"), say, to_str), [None]),
    Case("list_then_each", sequence(model("a, b, c"), to_list, each(upper)), ["x"]),
]

OBJECTS = [
    Case("parallel", parallel(a=passthrough, b=upper), ["x"]),
    Case("parallel_streams", parallel(a=translate, b=passthrough), ASKED[:1]),
    Case("parallel_of_parallel", parallel(a=parallel(b=passthrough, c=value(1)), d=value([])), [1]),
    Case("parallel_error", parallel(a=passthrough, b=raising()), ["x"]),
    Case("parallel_models", parallel(a=sequence(model("one"), to_str),
                                     b=sequence(model("two words"), to_str)), ["x"]),
    Case("parallel_messages", parallel(a=model("one"), b=model("two")), ["x"]),
    Case("parallel_json", parallel(j=sequence(countries, to_json), t=value("t")), ["x"]),
    Case("assign", assign(y=get_x), NUMBERS),
    Case("assign_overwrites", assign(x=get_x, z=is_big), NUMBERS),
    Case("assign_twice", sequence(assign(y=get_x), assign(z=pick("y"))), NUMBERS),
    Case("assign_streams", assign(out=translate), ASKED[:1]),
    Case("assign_then_pick", sequence(assign(out=translate), pick("out")), ASKED[:1]),
    Case("assign_then_pick_many", sequence(assign(out=translate), pick(["out", "text"])),
         ASKED[:1]),
    Case("assign_wrong_input", assign(y=passthrough), ["text", 5, [1]]),
    Case("assign_error", assign(y=raising()), NUMBERS[:1]),
    Case("rag_shape", sequence(
        parallel(context=value("some facts"), question=passthrough),
        prompt("Context: {context}\nQuestion: {question}"), model("The answer."), to_str),
        ["why?", "how?"]),
    Case("parallel_then_lambda", sequence(
        parallel(a=get_x, b=get_x), function("input.a + input.b", lambda d: d["a"] + d["b"])),
        NUMBERS),
    Case("parallel_picks", parallel(x=pick("x"), rest=pick(["x"])), NUMBERS),
]

CHOICES = [
    Case("branch", branch((is_big, value("big")), (is_even, value("even")), value("other")),
         [{"x": 11}, {"x": 12}, {"x": 2}, {"x": 1}]),
    Case("branch_streams", branch((is_big, translate), sequence(say, to_str)),
         [{"x": 11, "text": "t", "language": "l"}]),
    Case("branch_default_streams", branch((function("false", lambda _: False), upper),
                                          sequence(say, to_str)), ["x"]),
    Case("branch_condition_fails", branch((raising(), value(1)), value(2)), ["x"]),
    Case("branch_then_fails", branch((value(True), raising()), value(2)), ["x"]),
    Case("branch_truth", branch((passthrough, value("true")), value("false")),
         [0, 1, "", "a", [], [0], {}, {"a": 1}, None, 0.0, 0.5, True, False]),
    Case("branch_nested", branch((is_even, branch((is_big, value("big even")), value("even"))),
                                 value("odd")), [{"x": 12}, {"x": 2}, {"x": 3}]),
    Case("branch_in_sequence", sequence(double, branch((is_big, get_x), value("small"))), NUMBERS),
    Case("router", router(up=upper, same=passthrough),
         [{"key": "up", "input": "a"}, {"key": "same", "input": {"b": 1}}]),
    Case("router_unknown", router(up=upper), [{"key": "down", "input": "a"}]),
    Case("router_streams", router(t=sequence(say, to_str)), [{"key": "t", "input": "x"}]),
    Case("router_error", router(bad=raising()), [{"key": "bad", "input": 1}]),
    Case("each", each(upper), [["a", "b"], [], ["ü"]]),
    Case("each_object", each(double), [[{"x": 1}, {"x": 2}]]),
    Case("each_each", each(each(upper)), [[["a"], ["b", "c"], []]]),
    Case("each_chain", each(sequence(prompt("Say {w}"), say, to_str)), [[{"w": 1}, {"w": 2}]]),
    Case("each_error", each(raising()), [["a"], []]),
    Case("each_one_fails", each(get_x), [[{"x": 1}, "no object"]]),
    Case("each_wrong_input", each(upper), [5]),
    Case("each_concurrency", each(upper), [list("abcdefghij")], config={"max_concurrency": 2}),
    Case("parallel_of_each", parallel(a=each(upper), b=passthrough), [["a", "b"]]),
]

RESILIENCE = [
    Case("fallback_unused", fallbacks(upper, value("other")), ["a"]),
    Case("fallback", fallbacks(raising(), upper), ["a"]),
    Case("fallback_second", fallbacks(raising("one"), raising("two"), value("third")), ["a"]),
    Case("fallback_all_fail", fallbacks(raising("one"), raising("two")), ["a"]),
    # LangChain's batch() lets a model's error out of with_fallbacks inside a sequence.
    Case("fallback_of_model", sequence(fallbacks(broken, say), to_str), ["x"], unbatched=True),
    Case("fallback_streams", fallbacks(sequence(broken, to_str), sequence(say, to_str)), ["x"]),
    Case("fallback_of_chain", fallbacks(sequence(ask, broken, to_str), value("sorry")), ASKED[:1]),
    Case("fallback_in_parallel", parallel(a=fallbacks(raising(), value(1)), b=passthrough), [1]),
    Case("fallback_gets_error",
         fallbacks(raising("the cause"), function("input.x", lambda d: d["x"]), key="error"),
         [{"x": 1}]),
    Case("retry_unneeded", retry(upper), ["a"]),
    Case("retry_fails", retry(raising(), 2), ["a"]),
    Case("retry_of_model", sequence(retry(broken, 2), to_str), ["x"]),
    Case("retry_then_fallback", fallbacks(retry(raising(), 2), value("saved")), ["x"]),
    Case("bound", sequence(bound(say, stop=["x"]), to_str), ["x"]),
    Case("configured", configured(upper, tags=["a"], metadata={"k": 1}), ["x"]),
    Case("configured_chain", configured(translate, tags=["t"]), ASKED[:1]),
]

CONFIGURABLE = [
    Case(f"alternative_{name}",
         sequence(alternatives(prompt("Tell a joke about {topic}"), "prompt",
                               {"poem": prompt("Write a poem about {topic}")}, "joke"), to_str),
         [{"topic": "bears"}], config={"configurable": {"prompt": name}})
    for name in ("joke", "poem")
] + [
    Case("alternative_default",
         alternatives(value("one"), "which", {"two": value("two")}, "one"), [1]),
    Case("alternative_models",
         sequence(alternatives(model("small"), "llm", {"big": model("large")}, "small"), to_str),
         ["x"], config={"configurable": {"llm": "big"}}),
    Case("alternatives_nested",
         parallel(a=alternatives(value(1), "a", {"two": value(2)}, "one"),
                  b=alternatives(value(3), "b", {"four": value(4)}, "three")),
         ["x"], config={"configurable": {"a": "two", "b": "four"}}),
]


def cases():
    return [*LEAVES, *MODELS_AND_TOOLS, *TRANSFORMS, *SEQUENCES, *OBJECTS, *CHOICES, *RESILIENCE, *CONFIGURABLE]
