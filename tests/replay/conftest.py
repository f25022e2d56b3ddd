"""The stubs of the providers, for the tests of recordings."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stub"), str(TESTS / "openai")]
