import pytest
from trap import Trap


@pytest.fixture
def trap():
    """trap(**options) starts a Trap; the end closes all."""
    started = []

    def start(**options):
        started.append(Trap(**options))
        return started[-1]

    yield start
    for server in started:
        server.close()
