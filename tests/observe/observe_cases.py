"""Chains beside LangChain's that are the same: (ours in YAML, theirs, input, config)."""

from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.documents import Document
from langchain_core.language_models import (FakeListChatModel, FakeListLLM,
                                            FakeStreamingListLLM)
from langchain_core.output_parsers import (CommaSeparatedListOutputParser, JsonOutputParser,
                                           StrOutputParser)
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (ConfigurableField, RouterRunnable, RunnableBranch,
                                      RunnableGenerator, RunnableLambda, RunnableParallel,
                                      RunnablePassthrough, RunnablePick)
from langchain_core.runnables.base import RunnableEach
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_core.tools import tool


def f(x):
    return x


def boom(x):
    raise ValueError("no")


async def gen(chunks):
    async for chunk in chunks:
        yield chunk


def inner_of(x):
    return (P | RunnableLambda(f)).invoke(x)


@tool
def runs(x: int):
    """Runs a chain."""
    return (P | RunnableLambda(f)).invoke({"x": x})


@tool
def fails(x: int):
    """Fails."""
    raise ValueError("no")


class FixedRetriever(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(page_content=query)]


def constant(value, name):
    return RunnableLambda(lambda _: value).with_config(run_name=name)


def model(answer="hi"):
    return FakeListChatModel(responses=[answer])


def with_history(chain, **keys):
    stored = {}
    return RunnableWithMessageHistory(
        chain, lambda session_id: stored.setdefault(session_id, InMemoryChatMessageHistory()),
        **keys)


P = RunnablePassthrough()
YAML = """\
models:
  hi: {provider: fake, responses: [hi]}
  text: {provider: fake-completion, responses: [hi]}
  whole: {provider: fake-completion, responses: [hi], chunk: whole}
  four: {provider: fake, responses: ["4"]}
chains:
  f: {lambda: input, name: f}
  boom: {lambda: error("no"), name: boom}
  pf: {chain: [passthrough, f]}
  no: {lambda: "false", name: c1}
  yes: {lambda: "true", name: c2}
  history:
    chain:
      - prompt: [{placeholder: history}, [human, "{input}"]]
      - hi
      - str
    history: {input: input, history: history}
  history_plain: {chain: hi, history: {}}
  branch: {branch: [{if: no, then: passthrough}, {if: yes, then: passthrough}, {else: passthrough}]}
  branch_default: {branch: [{if: no, then: f}, {else: passthrough}]}
  branch_fails: {branch: [{if: boom, then: f}, {else: passthrough}]}
  fallbacks: {chain: boom, fallbacks: [boom, passthrough]}
  fallbacks_chain: {chain: [passthrough, boom], fallbacks: [pf]}
  retry: {chain: boom, retry: {attempts: 3, jitter: false}}
  each: {map: f}
  router: {router: {k: pf}}
  fields: {model: hi, configurable: {fields: {responses: {id: r}}}}
  alternatives:
    template: a
    configurable: {alternatives: {id: p, default: default, options: {other: {template: b}}}}
  bind: [{chain: hi, bind: {stop: [x]}}, str]
  config: {chain: [passthrough, f], name: cfg, tags: [a], metadata: {m: 1}}
  assign: {assign: {a: passthrough, b: f}}
  parallel: {parallel: {a: passthrough, b: pf}}
  parallel_fails: {parallel: {a: f, b: boom}}
  pick: [passthrough, {pick: a}]
  lambda_invokes: {lambda: 'invoke("pf", input)', name: inner_of}
  parse_json: [four, json]
  parse_list: [hi, list]
  prompt: {prompt: "{x}"}
  template: [passthrough, {template: "{x}"}]
  listeners: {chain: [passthrough, f], listeners: {end: passthrough}}
  types: {chain: [passthrough, f], input: {type: integer}}
  generator: {generator: emit(input), name: gen}
  inner: {chain: [passthrough, passthrough, {chain: [f, passthrough], name: inner}]}
  fails: [passthrough, boom, f]
  texts: [passthrough, text, str]
  text_alone: {chain: text, name: named, tags: [t]}
  text_whole: [whole, str]
  tool: [passthrough, {tool: pf, name: runs, args: {properties: {x: {type: integer}}}}]
  tool_of_lua: [passthrough, {tool: 'invoke("pf", input)', name: runs}]
  tool_fails: {tool: error("no"), name: fails}
  tool_refuses: {tool: error("no"), name: fails, args: {properties: {y: {}}, required: [y]}}
  retriever: [passthrough, {retriever: "{input}", name: FixedRetriever}, f]
"""
CASES = {
    "history": (with_history(ChatPromptTemplate.from_messages(
        [MessagesPlaceholder("history"), ("human", "{input}")]) | model() | StrOutputParser(),
        input_messages_key="input", history_messages_key="history"),
        {"input": "x"}, {"configurable": {"session_id": "s"}, "tags": ["t"]}),
    "history_plain": (with_history(model()), "x", {"configurable": {"session_id": "s"}}),
    "branch": (RunnableBranch((constant(False, "c1"), P), (constant(True, "c2"), P), P), 1, {}),
    "branch_default": (RunnableBranch((constant(False, "c1"), RunnableLambda(f)), P), 1, {}),
    "branch_fails": (RunnableBranch((RunnableLambda(boom), RunnableLambda(f)), P), 1, {}),
    "fallbacks": (RunnableLambda(boom).with_fallbacks([RunnableLambda(boom), P]), 1, {}),
    "fallbacks_chain": ((P | RunnableLambda(boom)).with_fallbacks([P | RunnableLambda(f)]), 1, {}),
    "retry": (RunnableLambda(boom).with_retry(stop_after_attempt=3, wait_exponential_jitter=False),
              1, {"tags": ["t"]}),
    "each": (RunnableEach(bound=RunnableLambda(f)), [1, 2], {}),
    "router": (RouterRunnable({"k": P | RunnableLambda(f)}), {"key": "k", "input": 1}, {}),
    "fields": (model().configurable_fields(responses=ConfigurableField(id="r")), "x",
               {"configurable": {"r": ["y"]}}),
    "alternatives": (PromptTemplate.from_template("a").configurable_alternatives(
        ConfigurableField(id="p"), other=PromptTemplate.from_template("b")), {},
        {"configurable": {"p": "other"}}),
    "bind": (model().bind(stop=["x"]) | StrOutputParser(), "x", {}),
    "config": ((P | RunnableLambda(f)).with_config(run_name="cfg", tags=["a"], metadata={"m": 1}),
               1, {"tags": ["b"], "metadata": {"n": 2}}),
    "assign": (RunnablePassthrough.assign(a=P, b=RunnableLambda(f)), {"x": 1}, {}),
    "parallel": (RunnableParallel(a=P, b=P | RunnableLambda(f)), 1, {}),
    "parallel_fails": (RunnableParallel(a=RunnableLambda(f), b=RunnableLambda(boom)), 1, {}),
    "pick": (P | RunnablePick("a"), {"a": 1}, {}),
    "lambda_invokes": (RunnableLambda(inner_of), 1, {"tags": ["t"]}),
    "parse_json": (model("4") | JsonOutputParser(), "x", {}),
    "parse_list": (model() | CommaSeparatedListOutputParser(), "x", {}),
    "prompt": (ChatPromptTemplate.from_template("{x}"), {"x": "1"}, {"metadata": {"m": 1}}),
    "template": (P | PromptTemplate.from_template("{x}"), {"x": "1"}, {}),
    "listeners": ((P | RunnableLambda(f)).with_listeners(on_end=lambda run: None), 1, {}),
    "types": ((P | RunnableLambda(f)).with_types(input_type=int), 1, {}),
    "generator": (RunnableGenerator(gen), 1, {}),
    "inner": (P | P | (RunnableLambda(f) | P).with_config(run_name="inner"), 1, {"tags": ["z"]}),
    "texts": (P | FakeStreamingListLLM(responses=["hi"]) | StrOutputParser(), "x", {}),
    "text_alone": (FakeStreamingListLLM(responses=["hi"]).with_config(run_name="named", tags=["t"]),
                   "x", {"metadata": {"m": 1}}),
    "text_whole": (FakeListLLM(responses=["hi"]) | StrOutputParser(), "x", {}),
    "tool": (P | runs, {"x": 1}, {"tags": ["t"]}),
    "tool_of_lua": (P | runs, {"x": 1}, {"metadata": {"m": 1}}),
    "tool_fails": (fails, {"x": 1}, {}),
    "tool_refuses": (fails, {"x": 1}, {}),
    "retriever": (P | FixedRetriever() | RunnableLambda(f), "x", {"tags": ["t"]}),
    "fails": (P | RunnableLambda(boom) | RunnableLambda(f), 1, {}),
}
