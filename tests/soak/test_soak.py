"""A short soak: answers, descriptors and timers; leaks are the sanitizers' to find (`make soak` looks
at memory)."""

import xml.etree.ElementTree

import pytest
import servers
from soak import SAMPLES, soak
from soak_graph import draw


@pytest.mark.timeout(300)
def test_a_short_one(tmp_path):
    wrong, samples = soak(tmp_path, servers.langserved_binary(), 4000)
    assert not wrong
    assert len(samples) == 2 and all(len(line) > SAMPLES / 40 for line in samples.values())
    svg = xml.etree.ElementTree.fromstring(draw(samples))
    assert len(svg.findall("{*}polyline")) == 2
