"""What the differential tests on text share: text_tool's answers, and random values.

LANGSERVED_TOOLS is the folder text_tool is in (default: build-asan).
LANGSERVED_DIFF_SEED and LANGSERVED_DIFF_ROUNDS choose the random cases.
"""

import json
import math
import os
import pathlib
import struct
import subprocess

import pytest

SEED = int(os.environ.get("LANGSERVED_DIFF_SEED", "1"))
ROUNDS = int(os.environ.get("LANGSERVED_DIFF_ROUNDS", "4000"))
REPO = pathlib.Path(__file__).resolve().parents[2]
FAILED = "an error"  # what stands for any refusal


def run_tool(cases):
    """The tool's answers to a list of cases."""
    folder = pathlib.Path(os.environ.get("LANGSERVED_TOOLS") or REPO / "build-asan")
    tool = folder / "text_tool"
    if not os.access(tool, os.X_OK):
        pytest.fail(f"{tool} is not there: build it, or set LANGSERVED_TOOLS", pytrace=False)
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([tool], input=lines.encode(), capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cases)
    return answers


def outcome(answer, key):
    """One member of an answer, or FAILED; a fault is always wrong."""
    assert "fault" not in answer, answer
    return FAILED if "error" in answer or "refused" in answer else answer[key]


def compare(cases, key, expected):
    """Asserts that the member `key` of each answer is what was expected."""
    wrong = []
    for case, answer, want in zip(cases, run_tool(cases), expected):
        got = outcome(answer, key)
        if got != want or repr(got) != repr(want):
            wrong.append(f"{json.dumps(case, ensure_ascii=False)}\n    ours   {got!r}"
                         f"\n    theirs {want!r}")
    assert not wrong, f"{len(wrong)} of {len(cases)} differ:\n" + "\n".join(wrong[:20])


def attempt(function, *args, errors=Exception):
    try:
        return function(*args)
    except errors:
        return FAILED


# ---- random values ----

KNOWN_TEXT = ["", "a", "it's", 'say "hi"', "back\\slash", "\x00", "\n\r\t\b\f", "\x1f\x7f\x80\x85",
              "é€😀", "\u2028\u2029\ufeff", "ß" * 40, "\u0301", "\u200b\u00ad", "\U0010ffff\ue000"]
KNOWN_REALS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e15, 1e16, 1e17, 123456789012345680.0, 9.999e22, 1e-4,
               1e-5, 9.99e-5, 1.5e-7, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
               0.5, 2.5, 1e22, 1e23, 2 / 3, 100.0, 123456.789, 999999.5, 0.045, 1.005, 1e100]
KNOWN_INTS = [0, 1, -1, 7, 42, 999, 1000, -1000, 65, 128512, 1234567, -1234567, 2**53 + 1,
              2**63 - 1, -(2**63)]


def any_real(rng):
    while True:
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if rng.random() < 0.3:
            value = round(rng.uniform(-1e6, 1e6), rng.randrange(8))
        if math.isfinite(value):
            return value


def any_text(rng, keys=False):
    if rng.random() < 0.4:
        text = rng.choice(KNOWN_TEXT)
    else:
        ranges = [(0x20, 0x7e), (0, 0x7f), (0x80, 0x7ff), (0x2000, 0x206f), (0x4e00, 0x9fff),
                  (0x1f300, 0x1f64f)]
        text = "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randrange(8)))
    return text.replace("\x00", "") if keys else text


def any_scalar(rng):
    return rng.choice([lambda: None, lambda: rng.random() < 0.5, lambda: rng.choice(KNOWN_INTS),
                       lambda: rng.randint(-(2**63), 2**63 - 1), lambda: rng.choice(KNOWN_REALS),
                       lambda: any_real(rng), lambda: any_text(rng), lambda: any_text(rng)])()


def any_value(rng, depth=4):
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return any_scalar(rng)
    if kind < 0.75:
        return [any_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {any_text(rng, keys=True): any_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def every_real(rng):
    """Reals at all corners: powers of two and of ten with their neighbours, random bits."""
    corners = [2.0**n for n in range(-1074, 1024)] + [float(f"1e{n}") for n in range(-323, 309)]
    near = [math.nextafter(c, d) for c in corners for d in (math.inf, 0.0)]
    tiny = [rng.randrange(1, 2**rng.randrange(1, 52)) * 5e-324 for _ in range(500)]
    return [r for r in corners + near + tiny if math.isfinite(r)] + KNOWN_REALS + \
        [any_real(rng) for _ in range(ROUNDS)]
