"""The LangServe application that tests/wire/app.yaml must be indistinguishable from.

uvicorn app:make_main --factory
"""

from typing import Any, Dict

from fastapi import FastAPI
from langchain_core.documents import Document
from langchain_core.language_models import (FakeListChatModel, FakeListLLM,
                                            FakeStreamingListLLM)
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (RunnableLambda, RunnableParallel, RunnablePassthrough,
                                      RunnablePick)
from langchain_core.tools import tool
from langserve import add_routes

FRENCH = "Bonjour, comment allez-vous?"
COUNTRIES = '{"countries": [{"name": "France", "pop": 67}], "ok": true}'


def chat(*responses: str) -> FakeListChatModel:
    return FakeListChatModel(responses=list(responses))


def translate_chain():
    prompt = ChatPromptTemplate.from_template("Translate to {language}:\n\n{text}")
    return prompt | chat(FRENCH) | StrOutputParser()


def assign_translated():
    return RunnablePassthrough.assign(translated=translate_chain())


def add_one(x: int) -> int:
    return x + 1


@tool
def multiply(a: int, b: int = 2) -> int:
    """Multiply two numbers."""
    return a * b


@tool
def shout(text: str) -> str:
    """Upper-case a text."""
    return text.upper()


class FixedRetriever(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(page_content=f"first hit for {query}",
                         metadata={"source": "a.txt", "page": 1}),
                Document(id="doc-2", page_content="second – üñï")]


def chains():
    """Path -> runnable."""
    return {
        "/translate": translate_chain(),
        "/chat": chat("Hello there!"),
        "/prompt_simple": ChatPromptTemplate.from_messages([("system", "You are a {role}."),
                                                            ("human", "{question}")]),
        # Without a declared input type the inferred schema would demand a field "root".
        "/parallel": RunnableParallel(
            a=RunnablePassthrough(),
            b=RunnableLambda(lambda x: {"seen": x})).with_types(input_type=Dict[str, Any]),
        "/assign": assign_translated(),
        # assign(...).pick("key") with nothing in front cannot be mounted by the original.
        "/pick": RunnablePassthrough() | assign_translated().pick("translated"),
        "/pick_many": RunnablePassthrough() | assign_translated().pick(["translated", "language"]),
        "/parallel_stream": RunnableParallel(
            long=translate_chain(),
            short=ChatPromptTemplate.from_template("{text}") | chat("Oui") | StrOutputParser()),
        "/json": (ChatPromptTemplate.from_template("List {n} countries as JSON")
                  | chat(COUNTRIES) | JsonOutputParser()),
        "/llm": FakeStreamingListLLM(responses=["abc"]),
        "/retriever": FixedRetriever(),
        "/tool": multiply,
        "/any": RunnableLambda(lambda x: x),
        "/rag": RunnableParallel(context=FixedRetriever(), question=RunnablePassthrough()),
        "/models": RunnableParallel(one=chat("one") | StrOutputParser(),
                                    two=chat("two") | StrOutputParser()),
        "/picks": RunnableParallel(x=RunnablePick("x"), rest=RunnablePick(["y", "z"])),
        "/found": RunnablePassthrough.assign(found=RunnablePick("q") | FixedRetriever()),
    }


def make_main() -> FastAPI:
    app = FastAPI(title="Golden LangServe", version="1.0", description="Recording target")
    for path, chain in chains().items():
        add_routes(app, chain, path=path)
    add_routes(app, translate_chain(), path="/events_v1", astream_events_version="v1")
    plus = RunnableLambda(add_one).with_config(run_name="plus", tags=["mine"])
    add_routes(app, RunnablePassthrough() | plus, path="/events_chain",
               include_callback_events=True)
    add_routes(app, RunnableLambda(lambda value: shout.invoke(value)),  # pylint: disable=W0108
               path="/events_tool", include_callback_events=True)
    add_routes(app, FixedRetriever() | RunnableLambda(len), path="/events_retriever",
               include_callback_events=True)
    add_routes(app, FakeListLLM(responses=["llm out"]), path="/events_llm",
               include_callback_events=True)
    add_routes(app, translate_chain(), path="/feedback_on", enable_feedback_endpoint=True,
               enable_public_trace_link_endpoint=True)

    @app.get("/healthz")
    def healthz() -> dict:
        return {"ok": True}

    return app
