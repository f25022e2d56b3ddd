"""llhttp's own vectors: what its strict mode refuses is refused here, and nothing breaks or hangs.

What llhttp accepts may still be refused (the rules here are stricter), but with an answer.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from raw import Talk, app, is_up, parse

FENCED = r"((?:(?!```).)*)```"
BLOCK = re.compile(r"<!--\s*meta=(\{.*?\})\s*-->(?:(?!```|<!--).)*```(?:http|url)\n" + FENCED +
                   r"(?:(?!```).)*```log\n" + FENCED, re.S)
SPAN = re.compile(r'off=(\d+) len=(\d+) span\[\w+\]="(.*)"')
PAUSED = {21, 22, 23}  # the caller's wish, or an upgrade: no errors
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "f": "\f"}
TIMEOUTS = "header_timeout: 800ms, body_timeout: 800ms, idle_timeout: 800ms"


@dataclass
class Vector:
    name: str
    data: bytes
    strict: bool
    refused: bool
    complete: bool


def unescape(text):
    """As llhttp's test runner reads a block."""
    text = re.sub(r"\\\n", "", text.removesuffix("\n")).replace("\n", "\r\n")
    text = re.sub(r"\\([rntf])", lambda m: ESCAPES[m[1]], text)
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), text)
    return text.encode()


def read_vectors(folder):
    for path in sorted(folder.glob("*.md")):
        for i, (meta, http, log) in enumerate(BLOCK.findall(path.read_text(encoding="utf-8"))):
            codes = {int(code) for code in re.findall(r"error code=(\d+)", log)}
            kind = re.search(r'"type":\s*"([^"]+)"', meta)[1]
            yield Vector(f"{folder.name}/{path.stem}#{i}", unescape(http), kind == "request",
                         bool(codes - PAUSED), "message complete" in log), log


def with_host(data):
    """The vector with the Host that 1.1 asks for, as most of them have none."""
    line, end, rest = data.partition(b"\r\n")
    if not line.endswith(b"HTTP/1.1") or re.search(rb"(?im)^host:", data):
        return data
    return line + end + b"Host: h\r\n" + rest


def answers_of(port, data):
    with Talk(port) as talk:
        return parse(talk.send_raw(data).rest(timeout=20))  # which fails when it hangs


def complaint(vector, answers):
    """What is wrong, or None."""
    statuses = [answer.status for answer in answers]
    for answer in answers:
        if not 200 <= answer.status < 500 and answer.status not in (501, 505):
            return f"answered {statuses}"
        is_head = vector.data.startswith(b"HEAD")
        if answer.status >= 400 and not is_head and not answer.body:
            return f"an empty refusal: {statuses}"
    if vector.strict and vector.refused and (not statuses or statuses[-1] < 400):
        return f"llhttp refuses it, we answer {statuses}"
    if vector.strict and vector.complete and not statuses:
        return "no answer"
    return None


@pytest.mark.parametrize("folder", ["llhttp-request", "llhttp-response"])
def test_vectors(folder, corpora, launch):
    server = launch(app(TIMEOUTS))
    vectors = [vector for vector, _ in read_vectors(corpora / "http" / folder)]
    assert len(vectors) > 80
    with ThreadPoolExecutor(48) as pool:
        for change in (with_host, bytes):
            found = pool.map(lambda v: answers_of(server.port, change(v.data)), vectors)
            wrong = {v.name: why for v, a in zip(vectors, found) if (why := complaint(v, a))}
            assert not wrong, wrong
    assert is_up(server)


def test_vectors_are_read_right(corpora):
    """The spans that the log names lie where it says: our reading of the format is llhttp's."""
    checked = 0
    for folder in ("llhttp-request", "llhttp-response"):
        for vector, log in read_vectors(corpora / "http" / folder):
            for off, length, value in SPAN.findall(log):
                there = vector.data[int(off):int(off) + int(length)]
                if value.isascii() and "\\" not in value:
                    assert there == value.encode(), (vector.name, off)
                    checked += 1
    assert checked > 1500
