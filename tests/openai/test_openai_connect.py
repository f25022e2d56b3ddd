"""A provider that cannot be reached: tried again, for nothing was asked of it yet."""

import contextlib
import socket

from openai_rig import app_file
from openai_stub import OpenAIStub
from stub_answers import DEFAULT_REPLY

HASTY = {"max_retries": 2, "connect_timeout": "300ms"}


@contextlib.contextmanager
def hanging():
    """An address whose queue is full, so that the system lets further connections wait."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def reached_at(stub, port, **options):
    return app_file(stub, {"m": {**HASTY, "base_url": f"http://127.0.0.1:{port}/v1", **options}})


def test_connecting_too_slowly_is_tried_again(stub, start):
    with hanging() as port:
        rig = start(stub, reached_at(stub, port))
        assert rig.invoke("/tell/m")[0] == 502
        assert rig.failure() == "upstream_unreachable"
        assert [line["attempt"] for line in rig.logged("upstream_retry")] == [1, 2]
        assert rig.stream("/tell/m").error["status_code"] == 502
        assert [line["attempt"] for line in rig.logged("upstream_retry")] == [1, 2, 1, 2]


def test_who_comes_back_is_reached(stub, start):
    with hanging() as port:
        rig = start(stub, reached_at(stub, port, max_retries=5))
        waiting = rig.open("/m/invoke", {"input": "x"})
        rig.wait_logged("upstream_retry")
    with waiting, OpenAIStub(port=port):
        answer = waiting.read()
    assert answer.status == 200 and DEFAULT_REPLY in answer.body.decode(), rig.log()
