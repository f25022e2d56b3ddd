"""Chains of all primitives, on the same inputs in LangChain and in langserved: the same outputs,
the same kinds of errors, the same chunks up to the regrouping of text."""

import copy

import pytest

import lcel_cases
import lcel_random
from lcel_compare import fits, masked, streamed
from lcel_pairs import plain
from lcel_server import Failure, Ours, app_of, client

CASES = [*lcel_cases.cases(), *lcel_random.cases()]


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


def attempt(call):
    """(result, None) or (None, exception)."""
    try:
        return call(), None
    except Exception as error:  # whatever a chain raises is what is compared
        return None, error


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


def check_invoke(route, case, value):
    theirs, error = attempt(lambda: plain(case.pair.theirs().invoke(copy.deepcopy(value),
                                                                     case.config)))
    ours, failure = attempt(lambda: route.invoke(value, case.config))
    same_ending(code_of(failure), error, f"invoke {value!r}")
    assert masked(ours) == masked(theirs)


def check_stream(route, case, value):
    theirs = []

    def consume():
        for chunk in case.pair.theirs().stream(copy.deepcopy(value), case.config):
            theirs.append(plain(chunk))

    _, error = attempt(consume)
    ours, failure = route.stream(value, case.config)
    same_ending("" if failure else None, error, f"stream {value!r}")
    if error is None or not races(case.pair.ours):
        assert streamed(ours) == streamed(theirs)


def check_batch(route, case):
    theirs, error = attempt(
        lambda: [plain(v) for v in case.pair.theirs().batch(copy.deepcopy(case.inputs),
                                                             case.config)])
    ours, failure = attempt(lambda: route.batch(case.inputs, case.config))
    assert (failure is None) == (error is None), f"batch: {failure!r}, {error!r}"
    code_of(failure)
    assert masked(ours) == masked(theirs)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[case.name for case in CASES])
def test_same_as_langchain(routes, index):
    case = CASES[index]
    for value in case.inputs:
        check_invoke(routes[index], case, value)
        if not case.unstreamed:
            check_stream(routes[index], case, value)
    if not case.unbatched:
        check_batch(routes[index], case)
