"""Chains of all primitives, on the same inputs in LangChain and in langserved: the same outputs,
the same kinds of errors, the same chunks up to the regrouping of text."""

import asyncio
import copy
import gc
import multiprocessing
import os

import jsonpatch
import pytest

import lcel_cases
import lcel_nested
import lcel_random
from lcel_compare import fits, masked, streamed, told
from lcel_pairs import plain
from lcel_server import Failure, Ours, app_of, client

CASES = [*lcel_cases.cases(), *lcel_nested.cases(), *lcel_random.cases()]


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    import servers
    folder = tmp_path_factory.mktemp("lcel")
    (folder / "app.yaml").write_text(app_of([case.pair for case in CASES]), encoding="utf-8")
    server = servers.langserved(folder / "app.yaml", folder).start()
    with client() as http:
        yield [Ours(http, f"{server.url}/r{i}") for i in range(len(CASES))]
    server.stop_cleanly()


def test_there_are_enough():
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


PATIENCE = 60  # seconds for all that LangChain does in one case
TRIES = 3


def attempt(call):
    """(result, None) or (None, exception)."""
    try:
        return call(), None
    except Exception as error:  # whatever a chain raises is what is compared
        return None, error


def attempt_theirs(call):
    """As attempt(), but the name of the exception's class, which goes through a pipe."""
    result, error = attempt(call)
    return result, error and type(error).__name__


def stream_theirs(case, value):
    """What came before an error counts."""
    chunks = []

    def consume():
        for chunk in case.pair.theirs().stream(copy.deepcopy(value), case.config):
            chunks.append(plain(chunk))

    return chunks, attempt_theirs(consume)[1]


def tell_theirs(case, value):
    """The events of a stream; what came before an error counts."""
    events = []

    async def consume():
        async for event in case.pair.theirs().astream_events(
                copy.deepcopy(value), case.config, version="v2"):
            events.append({**event, "data": {key: plain(v) for key, v in event["data"].items()}})

    return events, attempt_theirs(lambda: asyncio.run(consume()))[1]


def run_theirs(case):
    """All that LangChain gives for the case."""
    def invoke(value):
        return plain(case.pair.theirs().invoke(copy.deepcopy(value), case.config))

    def batch():
        return [plain(v) for v in case.pair.theirs().batch(copy.deepcopy(case.inputs), case.config)]

    return {
        "invoke": [attempt_theirs(lambda v=value: invoke(v)) for value in case.inputs],
        "stream": [None if case.unstreamed else stream_theirs(case, v) for v in case.inputs],
        "events": [None if case.unstreamed else tell_theirs(case, v) for v in case.inputs],
        "batch": None if case.unbatched else attempt_theirs(batch),
    }


def theirs_of(case):
    """run_theirs() in a process of its own: threads of LangChain's may wait for each other without
    end after a branch has failed, and nothing else ends threads."""
    def tell(end):
        gc.disable()  # it ends streams that failed, in whatever thread: that is when they wait
        end.send(run_theirs(case))
        os._exit(0)

    for _ in range(TRIES):
        here, there = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=tell, args=(there,))
        process.start()
        there.close()
        try:
            if here.poll(PATIENCE):
                return here.recv()
        finally:
            process.kill()
            process.join()
    raise AssertionError(f"LangChain hangs, {TRIES} times")


def same_ending(code, error, what):
    assert (code is None) == (error is None), f"{what}: ours {code!r}, LangChain's {error!r}"
    if error is not None and code != "":  # "": a stream says no more than that it failed
        assert fits(code, error), f"{what}: ours {code!r}, LangChain's {error!r}"


def races(expression):
    """Whether branches run side by side: what comes before a failure is then a matter of luck."""
    return any(word in repr(expression) for word in ("'parallel'", "'assign'", "'map'"))


def code_of(failure):
    if failure is not None and not isinstance(failure, Failure):
        raise failure
    return failure.code if failure else None


def check_invoke(route, case, value, theirs):
    output, error = theirs
    ours, failure = attempt(lambda: route.invoke(value, case.config))
    same_ending(code_of(failure), error, f"invoke {value!r}")
    assert masked(ours) == masked(output)


def check_stream(route, case, value, theirs):
    chunks, error = theirs
    ours, failure = route.stream(value, case.config)
    same_ending("" if failure else None, error, f"stream {value!r}")
    if error is None or not races(case.pair.ours):
        assert streamed(ours) == streamed(chunks)


def tells_otherwise(case):
    """Whether what LangChain tells of the case's steps is not what ours does, for a reason."""
    text = repr(case.pair.ours)
    return ("'alternatives'" in text  # the pair puts a passthrough of its own before them
            or "'retry'" in text  # LangChain does not retry what streams
            or "'generator'" in text  # LangChain's are synchronous or asynchronous: these fail
            or "exception_key" in text  # the error is an exception, and a text
            or ("'map'" in text and "'fallbacks'" in text)  # a batch's tries are told as siblings
            # LangChain adds up the snapshots of JSON as if they were parts:
            or "'json'" in text and ("'pick'" in text or "'parallel'" in text))


def check_events(route, case, value, theirs):
    events, error = theirs
    # LangChain's RunnableEach tells no events, where it is the root.
    if tells_otherwise(case) or error == "NotImplementedError":
        return
    ours, failure = route.events(value, case.config)
    same_ending("" if failure else None, error, f"events {value!r}")
    if error is None or not races(case.pair.ours):
        assert told(ours, races(case.pair.ours)) == told(events, races(case.pair.ours))


def check_log(route, case, value):
    """Another library makes of our patches what the stream gave."""
    patches, failure = route.log(value, case.config)
    chunks, stream_failure = route.stream(value, case.config)
    state = None
    for patch in patches:
        state = jsonpatch.apply_patch(state, patch["ops"])
    assert (failure is None) == (stream_failure is None)
    if failure is None:
        assert streamed(state["streamed_output"]) == streamed(chunks)
        assert (state["final_output"] is None) == (chunks in ([], [None]))
        assert all(log["end_time"] for log in state["logs"].values())


def check_batch(route, case, theirs):
    outputs, error = theirs
    ours, failure = attempt(lambda: route.batch(case.inputs, case.config))
    assert (failure is None) == (error is None), f"batch: {failure!r}, {error!r}"
    code_of(failure)
    assert masked(ours) == masked(outputs)


@pytest.mark.timeout(TRIES * PATIENCE + 120)
@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.name for case in CASES])
def test_same_as_langchain(routes, index):
    case = CASES[index]
    theirs = theirs_of(case)
    for i, value in enumerate(case.inputs):
        check_invoke(routes[index], case, value, theirs["invoke"][i])
        if not case.unstreamed:
            check_stream(routes[index], case, value, theirs["stream"][i])
            check_events(routes[index], case, value, theirs["events"][i])
            check_log(routes[index], case, value)
    if not case.unbatched:
        check_batch(routes[index], case, theirs["batch"])
