"""LZ-string unpacked beside npm's lz-string and the Python copy that LangServe has.

text_tool (text_tool.c) runs ours; tests/e2e/lz_string.mjs runs npm's.
"""

import json
import os
import random
import subprocess

import pytest

from text_cases import FAILED, REPO, ROUNDS, SEED, attempt, run_tool

FOLDER = REPO / "tests" / "e2e"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
PLENTY = 1 << 20
KINDS = [(0x20, 0x7e), (0x61, 0x63), (0, 0xff), (0x100, 0xd7ff), (0xd800, 0xdfff), (0, 0xffff)]

lzstring = pytest.importorskip("langserve.lzstring").LZString


def run_npm(cases):
    if not (FOLDER / "node_modules" / "lz-string").is_dir():
        pytest.fail(f"lz-string is not installed: npm ci --prefix {FOLDER}", pytrace=False)
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([os.environ.get("NODE", "node"), "lz_string.mjs"], cwd=FOLDER,
                          input=lines.encode(), capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def any_units(rng):
    """Text of UTF-16 units, surrogates alone and in pairs among them; much of it repeats."""
    low, high = rng.choice(KINDS)
    piece = "".join(chr(rng.randint(low, high)) for _ in range(rng.randrange(40)))
    text = piece * rng.choice([1, 1, 1, 2, 5, 50])
    return text + (rng.choice(["", "😀", "\ud83d", "\ude00"]))


def as_units(text):
    """Text with pairs of surrogates joined, as bytes; those that are alone stay as they are."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return joined.encode("utf-8", "surrogatepass").hex()


def ours(packed, limit=PLENTY):
    answers = run_tool([{"op": "lz_string", "packed": text, "limit": limit} for text in packed])
    assert not any("fault" in answer for answer in answers)
    return [FAILED if "error" in answer else answer["text"] for answer in answers]


def test_what_npm_packs_is_unpacked():
    rng = random.Random(SEED)
    texts = ["", "a", "{}", "\ud800", "a" * 5000] + [any_units(rng) for _ in range(5 * ROUNDS)]
    packed = run_npm([{"pack": text} for text in texts])
    for text, got in zip(texts, ours(packed)):
        assert got == as_units(text), ascii(text)


def test_configs_are_unpacked_with_blanks_for_pluses():
    rng = random.Random(SEED)
    texts = [json.dumps({"configurable": {"k" * rng.randrange(9): rng.random()}})
             for _ in range(ROUNDS)]
    packed = run_npm([{"pack": text} for text in texts])
    assert any("+" in text for text in packed)
    assert ours([text.replace("+", " ") for text in packed]) == [as_units(text) for text in texts]


def broken(rng, packed):
    """A text that somebody has cut, changed or made up."""
    at = rng.randrange(len(packed) + 1)
    return rng.choice([packed[:at], packed[:at] + rng.choice(ALPHABET) + packed[at + 1:],
                       "".join(rng.choices(ALPHABET, k=rng.randrange(1, 30)))])


def theirs(packed):
    text = attempt(lzstring.decompressFromEncodedURIComponent, packed)
    return FAILED if text is None or text is FAILED else as_units(text)


def test_broken_text_is_taken_or_refused_as_by_langserve():
    """LangServe's copy fails where the end stands in the very last bits, npm's reads zeros behind
    it; what we give is what one of them gives."""
    rng = random.Random(SEED)
    good = run_npm([{"pack": any_units(rng)} for _ in range(2 * ROUNDS)])
    bad = [text for text in (broken(rng, text) for text in good) if text]
    npm = run_npm([{"unpack": text} for text in bad])
    for text, got, from_npm in zip(bad, ours(bad), npm):
        if (wanted := theirs(text)) != FAILED or got == FAILED:
            assert got == wanted, text
        else:
            assert from_npm is not None and got == as_units(from_npm), text


def test_nothing_grows_beyond_the_limit():
    packed = run_npm([{"pack": "a" * 100000}, {"pack": "a" * 1000}])
    assert ours(packed, 1000) == [FAILED, as_units("a" * 1000)]
