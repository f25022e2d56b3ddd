"""Pairs of the same runnable: as an expression of ours (what YAML reads) and as LangChain makes it.

A Pair's `ours` is plain data; `theirs()` makes a fresh runnable.  Each function below makes the pair
of one primitive, from the pairs of its parts.
"""

import dataclasses
import json
import typing

from langchain_classic.output_parsers.boolean import BooleanOutputParser
from langchain_classic.output_parsers.fix import OutputFixingParser
from langchain_core.documents import Document
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import (CommaSeparatedListOutputParser, JsonOutputParser,
                                           MarkdownListOutputParser, NumberedListOutputParser,
                                           StrOutputParser, XMLOutputParser)
from langchain_core.prompt_values import ChatPromptValue
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (ConfigurableField, RouterRunnable, RunnableBranch,
                                      RunnableGenerator, RunnableLambda, RunnableParallel,
                                      RunnablePassthrough, RunnablePick)
from langchain_core.runnables.base import RunnableEach
from langchain_core.tools import StructuredTool


@dataclasses.dataclass
class Pair:
    ours: typing.Any
    theirs: typing.Callable


# ---- leaves ----

passthrough = Pair("passthrough", RunnablePassthrough)
to_str = Pair("str", StrOutputParser)
to_json = Pair("json", JsonOutputParser)
to_list = Pair("list", CommaSeparatedListOutputParser)
to_numbered = Pair({"parse": "numbered_list"}, NumberedListOutputParser)
to_markdown = Pair({"parse": "markdown_list"}, MarkdownListOutputParser)
to_xml = Pair({"parse": "xml"}, lambda: XMLOutputParser(parser="xml"))
to_boolean = Pair({"parse": "boolean"}, BooleanOutputParser)


def fixing(parser, chain, **options):
    """A parser whose answers `chain` mends."""
    return Pair({"parse": "fixing", "parser": parser.ours, "retry_chain": chain.ours, **options},
                lambda: OutputFixingParser(parser=parser.theirs(), retry_chain=chain.theirs(), **options))


def value(constant):
    text = json.dumps(constant)
    return Pair({"value": constant}, lambda: RunnableLambda(lambda _: json.loads(text)))


def prompt(template):
    """A template, or a list of (role, template) and of names of placeholders ("name?": optional)."""
    if isinstance(template, str):
        return Pair({"prompt": template}, lambda: ChatPromptTemplate.from_template(template))
    ours, theirs = [], []
    for part in template:
        if isinstance(part, str):
            name, optional = part.rstrip("?"), part.endswith("?")
            ours.append({"placeholder": name, "optional": optional})
            theirs.append(MessagesPlaceholder(name, optional=optional))
        else:
            ours.append(list(part))
            theirs.append(part)
    return Pair({"prompt": ours}, lambda: ChatPromptTemplate.from_messages(theirs))


def template(text):
    return Pair({"template": text}, lambda: PromptTemplate.from_template(text))


def model(*responses):
    """A model that says the same each time, or one thing after the other."""
    return Pair({"model": {"provider": "fake", "responses": list(responses)}},
                lambda: FakeListChatModel(responses=list(responses)))


def texts(*responses, streams=True):
    """A model of texts."""
    ours = {"provider": "fake-completion", "responses": list(responses)}
    kind = FakeStreamingListLLM if streams else FakeListLLM
    return Pair({"model": ours if streams else {**ours, "chunk": "whole"}},
                lambda: kind(responses=list(responses)))


def tool(lua, python, **args):
    """A tool with the arguments that `python` has, whose schemas are `args`."""
    required = [name for name, schema in args.items() if "default" not in schema]
    return Pair({"tool": lua, "name": python.__name__, "description": python.__doc__,
                 "args": {"properties": args, "required": required}},
                lambda: StructuredTool.from_function(python))


class Shelf(BaseRetriever):
    """Finds what its function gives: (text, metadata) pairs."""
    find: typing.Callable

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(page_content=text, metadata=about) for text, about in self.find(query)]


def retriever(lua, find):
    return Pair({"retriever": lua, "name": "Shelf"}, lambda: Shelf(find=find))


class Broken(FakeListChatModel):
    def _call(self, *args, **kwargs):
        raise RuntimeError("the model is broken")

    def _stream(self, *args, **kwargs):
        raise RuntimeError("the model is broken")
        yield


broken = Pair({"model": {"provider": "fake", "error": "the model is broken"}},
              lambda: Broken(responses=[""]))


def function(lua, python):
    return Pair({"lambda": lua}, lambda: RunnableLambda(python))


def generator(lua, python):
    """One that makes chunks of its whole input: `python` yields them."""
    def transform(chunks):
        whole = None
        for chunk in chunks:
            whole = chunk if whole is None else whole + chunk
        yield from python(whole)

    return Pair({"generator": lua}, lambda: RunnableGenerator(transform))


def transform(lua, python):
    """A generator of chunks: `python` is given an iterator over the input's."""
    return Pair({"generator": lua}, lambda: RunnableGenerator(python))


def raising(text="boom"):
    def fail(_):
        raise ValueError(text)

    return function(f"error('{text}')", fail)


# ---- compositions ----

def sequence(*parts):
    def build():
        first, *rest = [part.theirs() for part in parts]
        for runnable in rest:
            first = first | runnable
        return first

    return Pair([part.ours for part in parts], build)


def parallel(**parts):
    return Pair({"parallel": {key: part.ours for key, part in parts.items()}},
                lambda: RunnableParallel(**{key: part.theirs() for key, part in parts.items()}))


def assign(**parts):
    return Pair({"assign": {key: part.ours for key, part in parts.items()}},
                lambda: RunnablePassthrough.assign(**{k: p.theirs() for k, p in parts.items()}))


def pick(keys):
    return Pair({"pick": keys}, lambda: RunnablePick(keys))


def branch(*cases):
    """(condition, then), …, otherwise: conditions are pairs."""
    *choices, otherwise = cases
    ours = [{"if": condition.ours, "then": then.ours} for condition, then in choices]
    return Pair({"branch": [*ours, {"else": otherwise.ours}]},
                lambda: RunnableBranch(*((c.theirs(), t.theirs()) for c, t in choices),
                                       otherwise.theirs()))


def router(**parts):
    return Pair({"router": {key: part.ours for key, part in parts.items()}},
                lambda: RouterRunnable({key: part.theirs() for key, part in parts.items()}))


def each(part):
    return Pair({"map": part.ours}, lambda: RunnableEach(bound=part.theirs()))


# ---- modifiers ----

def modified(pair, wrap, **modifiers):
    """`pair` with modifiers of ours, and `wrap` around what LangChain makes of it."""
    plain = isinstance(pair.ours, dict) and not set(pair.ours) & {*modifiers, "config"}
    ours = pair.ours if plain else {"chain": pair.ours}
    return Pair({**ours, **modifiers}, lambda: wrap(pair.theirs()))


def fallbacks(pair, *others, key=None):
    expressions = [other.ours for other in others]
    return modified(
        pair,
        lambda runnable: runnable.with_fallbacks([other.theirs() for other in others],
                                                 exception_key=key),
        fallbacks={"runnables": expressions, "exception_key": key} if key else expressions)


def retry(pair, attempts=3):
    return modified(
        pair,
        lambda runnable: runnable.with_retry(stop_after_attempt=attempts,
                                             wait_exponential_jitter=False),
        retry={"attempts": attempts, "jitter": False})


def bound(pair, **parameters):
    return modified(pair, lambda runnable: runnable.bind(**parameters), bind=parameters)


def configured(pair, **config):
    return modified(pair, lambda runnable: runnable.with_config(**config), config=config)


def alternatives(pair, key, options, default="default"):
    # LangChain's lambdas have no alternatives; sequences have.
    return modified(
        pair,
        lambda runnable: (RunnablePassthrough() | runnable).configurable_alternatives(
            ConfigurableField(id=key), default_key=default,
            **{name: option.theirs() for name, option in options.items()}),
        configurable={"alternatives": {
            "id": key, "default": default,
            "options": {name: option.ours for name, option in options.items()}}})


# ---- values ----

def plain(result):
    """A value of LangChain's in the form of the wire."""
    if isinstance(result, ChatPromptValue):
        return {"messages": plain(result.messages), "type": "ChatPromptValueConcrete"}
    if isinstance(result, BaseMessage) or hasattr(result, "model_dump"):
        return plain(result.model_dump())
    if isinstance(result, dict):
        return {key: plain(v) for key, v in result.items()}
    if isinstance(result, (list, tuple)):
        return [plain(v) for v in result]
    return result
