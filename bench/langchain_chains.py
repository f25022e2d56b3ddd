"""The chains of primitives.yaml in LangChain, and what a run of each costs.

    python langchain_chains.py inputs            JSON of each chain's input
    python langchain_chains.py MILLISECONDS      JSON as bench/primitives.c prints it
"""

import json
import operator
import sys
import time

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import (
    CommaSeparatedListOutputParser, JsonOutputParser, StrOutputParser)
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import (
    ConfigurableField, RouterRunnable, RunnableBranch, RunnableGenerator, RunnableLambda,
    RunnableParallel, RunnablePassthrough, RunnablePick)
from langserve.serialization import WellKnownLCSerializer

ROUNDS = 5
ASKED = {"language": "French", "text": "How are you?"}
TEMPLATE = "Translate to {language}: {text}"


def fake():
    return FakeListChatModel(responses=["Bonjour, comment allez-vous?"])


def each_text(chunks):
    for chunk in chunks:
        yield chunk["text"]


def no_value(_):
    return {"ok": False}


def ignore(_):
    """A listener."""


def chains():
    """Name: (chain, input)."""
    same = RunnablePassthrough()
    text = RunnablePick("text")
    return {
        "empty": (same, ASKED),
        "value": (RunnableLambda(lambda _: {"ok": True}), ASKED),
        "prompt": (ChatPromptTemplate.from_template(TEMPLATE), ASKED),
        "template": (PromptTemplate.from_template(TEMPLATE), ASKED),
        "model": (fake(), "How are you?"),
        "parse_str": (StrOutputParser(), "Bonjour"),
        "parse_json": (JsonOutputParser(), '{"a": [1, 2, 3], "b": "text"}'),
        "parse_list": (CommaSeparatedListOutputParser(), "one, two, three"),
        "sequence": (ChatPromptTemplate.from_template(TEMPLATE) | fake() | StrOutputParser(),
                     ASKED),
        "parallel": (RunnableParallel(a=same, b=same), ASKED),
        "assign": (RunnablePassthrough.assign(copy=text), ASKED),
        "pick": (text, ASKED),
        "branch": (RunnableBranch((RunnablePick("no"), RunnablePick("no")), text), ASKED),
        "router": (RouterRunnable({"same": same, "text": text}), {"key": "text", "input": ASKED}),
        "map": (text.map(), [ASKED] * 10),
        "lambda": (RunnableLambda(operator.itemgetter("text")), ASKED),
        "generator": (RunnableGenerator(each_text), ASKED),
        "retry": (same.with_retry(stop_after_attempt=2), ASKED),
        "fallbacks": (same.with_fallbacks([RunnableLambda(no_value)]), ASKED),
        "bind": (fake().bind(stop=["x"]), "How are you?"),
        "config": (same.with_config(tags=["a"], metadata={"team": "a"}), ASKED),
        "listeners": (same.with_listeners(on_start=ignore, on_end=ignore), ASKED),
        "alternatives": (same.configurable_alternatives(
            ConfigurableField(id="which"), default_key="same",
            none=RunnableLambda(no_value)), ASKED),
        "fields": (PromptTemplate.from_template(TEMPLATE).configurable_fields(
            template=ConfigurableField(id="template")), ASKED),
    }


def measure(run, milliseconds):
    """Microseconds of a run: the mean of the best round."""
    best = None
    for _ in range(ROUNDS):
        runs, began, took = 0, time.perf_counter(), 0
        while took < milliseconds / 1e3:
            run()
            runs += 1
            took = time.perf_counter() - began
        best = min(best or took / runs, took / runs)
    return best * 1e6


def read(chain, given):
    for _ in chain.stream(given):
        pass


def figures(chain, given, milliseconds):
    output = WellKnownLCSerializer().dumpd(chain.invoke(given))
    return {
        "output": output,
        "invoke_us": measure(lambda: chain.invoke(given), milliseconds),
        "stream_us": measure(lambda: read(chain, given), milliseconds),
    }


def main():
    if sys.argv[1] == "inputs":
        result = {name: given for name, (_, given) in chains().items()}
    else:
        result = {name: figures(chain, given, int(sys.argv[1]))
                  for name, (chain, given) in chains().items()}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
