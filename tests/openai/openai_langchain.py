"""LangChain's own answers to what the stub says, in the form of the wire."""

from langchain_openai import ChatOpenAI
from openai_rig import ASK, KEY, total_of

# Ids and what is counted from the stub's start.
_VARYING = {"id", "created"}


def chat_openai(stub, **options):
    """The real ChatOpenAI in front of the stub."""
    return ChatOpenAI(base_url=stub.base_url, api_key=KEY, model="gpt-4o-mini", max_retries=0,
                      timeout=10, **options)


def invoked(model, value=ASK):
    """The message of a whole answer."""
    return plain(model.invoke(value).model_dump())


def streamed(model, value=ASK):
    """The chunks of a streamed answer, and their sum."""
    chunks = list(model.stream(value))
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    return [plain(c.model_dump()) for c in chunks], plain(total.model_dump())


def added(chunks):
    """The sum of chunks from the wire, as LangChain's client adds them."""
    return plain(total_of(chunks))


def plain(message):
    """A copy without what two runs never share, and without nulls where the openai package adds
    one for each member that it knows."""
    message = {k: v for k, v in message.items() if k not in _VARYING}
    metadata = {k: v for k, v in message["response_metadata"].items() if k not in _VARYING}
    if "token_usage" in metadata:
        metadata["token_usage"] = without_nulls(metadata["token_usage"])
    return {**message, "response_metadata": metadata,
            "additional_kwargs": without_nulls(message["additional_kwargs"])}


def without_nulls(value):
    if not isinstance(value, dict):
        return value
    return {k: without_nulls(v) for k, v in value.items() if v is not None}


def says_something(chunk):
    """False for the chunk that LangChain makes of Azure's opening event; ours makes none."""
    return bool(chunk["content"] or chunk["response_metadata"] or chunk["usage_metadata"]
                or chunk["chunk_position"])
