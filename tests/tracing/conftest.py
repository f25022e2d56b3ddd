import pytest
from collector import Collector


@pytest.fixture
def collect():
    """collect(**options) starts a collector; the end closes all."""
    started = []

    def start(**options):
        started.append(Collector(**options))
        return started[-1]

    yield start
    for collector in started:
        collector.close()


@pytest.fixture
def collector(collect):
    return collect()
