"""The recorded exchanges of the shared folder against langserved, compared by its replay.py."""

import importlib.util
import json
import os
import pathlib

import pytest
import servers

ROUTES = ("translate", "chat", "prompt_simple", "parallel", "assign", "pick", "pick_many", "json",
          "_paths")
ENDPOINTS = {"invoke", "batch", "stream", "input_schema", "output_schema", "config_schema", "path"}
WIRE = pathlib.Path(os.environ.get("LANGSERVED_SHARED") or servers.REPO.parent / "shared") / "wire"


def recorded_cases():
    """In the order they were recorded in."""
    cases = [
        json.loads(line) for route in ROUTES
        for line in (WIRE / "cases" / f"{route}.jsonl").open(encoding="utf-8")
    ]
    return sorted((case for case in cases if case["name"].split("__")[1] in ENDPOINTS),
                  key=lambda case: case["order"])


def load_replay():
    spec = importlib.util.spec_from_file_location("replay", WIRE / "replay.py")
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    return replay


if not WIRE.is_dir():
    pytest.skip(f"no recorded exchanges: {WIRE} is not there (set LANGSERVED_SHARED)",
                allow_module_level=True)
replay = load_replay()


@pytest.mark.parametrize("case", recorded_cases(), ids=lambda case: case["name"])
def test_recorded(case, ours):
    if "skip" in case:
        pytest.skip(case["skip"])
    answer = replay.exchange(ours.port, case["request"])
    if "differ" in case:
        assert answer["status"] and answer["status"] < 500, f"not to copy: {case['differ']}"
        return
    want = replay.comparable(case, case["response"], "<host>")
    got = replay.comparable(case, answer, f"127.0.0.1:{ours.port}")
    assert replay.first_difference(want, got) is None
