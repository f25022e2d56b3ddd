"""Cases about what stands in a request's body."""

import json

from live_case import ENDPOINTS, FAULT_500, JANSSON, SCHEMAS, TRANSLATE, get, post, wrap
from live_inputs import (BREAKING, GOOD, GOOD_CONFIGS, NEARLY_MESSAGES, NEVER_MESSAGES,
                         SIDE_BY_SIDE, VALUES, WRONG, WRONG_CONFIGS)


def every_route():
    for route, inputs in GOOD.items():
        racing = {"racing": True} if route in SIDE_BY_SIDE else {}
        for endpoint in ("invoke", "stream"):
            for number, value in enumerate(inputs):
                yield post(f"{route}-{endpoint}-good-{number}", f"/{route}/{endpoint}",
                           {"input": value}, **(racing if endpoint == "stream" else {}))
        yield post(f"{route}-batch-good", f"/{route}/batch", {"inputs": inputs})
        for schema in SCHEMAS:
            yield get(f"{route}-{schema}", f"/{route}/{schema}", schema=True)


def wrong_inputs():
    for route, inputs in WRONG.items():
        for number, value in enumerate(inputs):
            for endpoint in ("invoke", "stream"):
                yield post(f"{route}-{endpoint}-wrong-{number}", f"/{route}/{endpoint}",
                           {"input": value})
            yield post(f"{route}-batch-wrong-{number}", f"/{route}/batch",
                       {"inputs": [GOOD[route][0], value]}, differ=FAULT_500, ours=(422, ))
    for number, value in enumerate(NEARLY_MESSAGES):
        for endpoint in ("invoke", "batch"):
            yield post(f"chat-{endpoint}-nearly-{number}", f"/chat/{endpoint}",
                       wrap(endpoint, value), differ=FAULT_500, ours=(200, 422))
    for number, value in enumerate(NEVER_MESSAGES):
        for endpoint in ENDPOINTS:
            yield post(f"chat-{endpoint}-never-{number}", f"/chat/{endpoint}",
                       wrap(endpoint, value), differ=FAULT_500, ours=(422, ))
    for route, inputs in BREAKING.items():
        for number, value in enumerate(inputs):
            for endpoint in ENDPOINTS:
                yield post(f"{route}-{endpoint}-breaking-{number}", f"/{route}/{endpoint}",
                           wrap(endpoint, value))


def wrong_bodies():
    bodies = {
        "empty": b"", "spaces": b"  \n", "brace": b"{", "trailing": b'{"input": 1} x',
        "two": b"{}{}", "single-quotes": b"{'input': 1}", "comment": b'{"input": 1 /* x */}',
        "comma": b'{"input": 1,}', "control": b'{"input": "a\x01b"}',
        "raw-newline": b'{"input": "a\nb"}', "word": b"nothing", "plus": b'{"input": +1}',
        "leading-zero": b'{"input": 01}', "dot": b'{"input": 1.}',
        "hex-escape": b'{"input": "\\x41"}', "short-escape": b'{"input": "\\u12"}', "array": b"[]",
        "string": b'"x"', "number": b"5", "true": b"true", "null": b"null",
        "no-input": b'{"config": {}}', "empty-object": b"{}", "other-key": b'{"INPUT": {}}'
    }
    for endpoint in ENDPOINTS:
        for name, body in bodies.items():
            yield post(f"body-{name}-{endpoint}", f"/translate/{endpoint}", body)
        yield post(f"body-not-utf8-{endpoint}", f"/translate/{endpoint}", b'{"input": "\xff\xfe"}',
                   differ=FAULT_500, ours=(422, ))
        yield post(f"body-deep-{endpoint}", f"/translate/{endpoint}", b"[" * 100_000,
                   differ=FAULT_500, ours=(422, ))
    yield post("batch-input-key", "/translate/batch", {"input": TRANSLATE})
    yield post("invoke-inputs-key", "/translate/invoke", {"inputs": [TRANSLATE]})
    yield post("no-input-bad-config", "/translate/invoke", {"config": 5})
    yield post("no-input-bad-config-stream", "/translate/stream", {"config": "x", "kwargs": 5})
    for number, value in enumerate([None, 5, "ab", TRANSLATE, True]):
        yield post(f"batch-inputs-{number}", "/translate/batch", {"inputs": value},
                   differ=FAULT_500, ours=(422, ))


def odd_numbers_and_strings():
    """JSON that Python's loader takes and ours may not hold, and neighbours that both take."""
    for name, literal in {
            "nan": "NaN", "infinity": "Infinity", "minus-infinity": "-Infinity", "too-big": "1e400",
            "uint64": "18446744073709551615", "bigint": "1" + "0" * 30
    }.items():
        yield post(f"number-{name}", "/parallel/invoke",
                   f'{{"input": {{"x": {literal}}}}}'.encode(), differ=JANSSON, ours=(422, ))
        yield post(f"number-{name}-stream", "/parallel/stream",
                   f'{{"input": {{"x": {literal}}}}}'.encode(), differ=JANSSON, ours=(422, ))
    yield post("number-nan-typed", "/translate/invoke", b'{"input": NaN}', differ=FAULT_500,
               ours=(422, ))
    yield post("lone-surrogate", "/parallel/invoke", b'{"input": {"x": "\\ud800"}}',
               differ=FAULT_500, ours=(422, ))
    yield post("nul-in-key", "/parallel/invoke", b'{"input": {"a\\u0000b": 1}}', differ=JANSSON,
               ours=(422, ))
    yield post("nul-in-value", "/parallel/invoke", b'{"input": {"a": "x\\u0000y"}}')
    yield post("surrogate-pair", "/parallel/invoke", b'{"input": {"a": "\\ud83d\\ude00"}}')
    yield post("floats", "/parallel/invoke",
               b'{"input": {"a": [1.0, -0.0, 0.1, 1e5, 1E+2, 5e-324, 1.7976931348623157e308]}}')
    yield post("integers", "/parallel/invoke", b'{"input": {"a": [0, -1, 9007199254740993, -0]}}')
    yield post("duplicate-keys", "/translate/invoke",
               b'{"input": 1, "input": {"language": "F", "text": "x"}}')
    yield post("duplicate-inner-keys", "/parallel/invoke", b'{"input": {"a": 1, "b": 2, "a": 3}}')
    yield post("nested-100", "/parallel/invoke",
               b'{"input": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}")


def all_values():
    """What a chain without types gives back, on every endpoint."""
    for number, value in enumerate(VALUES):
        for endpoint in (*ENDPOINTS, "stream_log", "stream_events"):
            yield post(f"any-{number}-{endpoint}", f"/any/{endpoint}", wrap(endpoint, value))


def configs():
    for endpoint in ENDPOINTS:
        for number, config in enumerate(GOOD_CONFIGS):
            yield post(f"config-good-{number}-{endpoint}", f"/translate/{endpoint}",
                       {**wrap(endpoint, TRANSLATE), "config": config})
        for number, kwargs in enumerate([{}, {"stop": ["x"]}, None, 5, "x", [{}]]):
            yield post(f"kwargs-{number}-{endpoint}", f"/translate/{endpoint}",
                       {**wrap(endpoint, TRANSLATE), "kwargs": kwargs, "unknown": kwargs})
    for endpoint in ("invoke", "stream"):
        for number, config in enumerate(WRONG_CONFIGS):
            yield post(f"config-wrong-{number}-{endpoint}", f"/translate/{endpoint}",
                       {"input": TRANSLATE, "config": config})
        yield post(f"config-null-{endpoint}", f"/translate/{endpoint}",
                   {"input": TRANSLATE, "config": None}, differ=FAULT_500, ours=(422, ))
    inputs = [TRANSLATE, {"language": "German", "text": "Bye"}]
    for number, config in enumerate([[{}, {}], [{}, {"configurable": {"a": 1}}], [{}], [{}, {}, {}],
                                     [], [5, {}], [None, {}], [{}, "x"], None, 5, "x", True, [[],
                                                                                              {}]]):
        yield post(f"config-list-{number}-batch", "/translate/batch",
                   {"inputs": inputs, "config": config})
    yield post("batch-none", "/translate/batch", {"inputs": []})
    yield post("batch-none-config-list", "/translate/batch", {"inputs": [], "config": []})
    yield post("batch-none-config-object", "/chat/batch", {"inputs": [], "config": {"tags": ["x"]}})
    yield post("batch-40", "/translate/batch",
               {"inputs": [TRANSLATE] * 40, "config": {"max_concurrency": 3}})


def encodings():
    body = json.dumps({"input": {"language": "é漢😀", "text": "x"}}, ensure_ascii=False)
    names = [
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"
    ]
    for name in names:
        for endpoint in ("invoke", "stream"):
            yield post(f"encoding-{name}-{endpoint}", f"/assign/{endpoint}", body.encode(name))
    yield post("encoding-utf-16-batch", "/assign/batch",
               json.dumps({"inputs": [TRANSLATE]}).encode("utf-16"))
    yield post("encoding-utf-16-be-bom", "/assign/invoke", b"\xfe\xff" + body.encode("utf-16-be"))
    yield post("encoding-utf-32-be-bom", "/assign/invoke",
               b"\x00\x00\xfe\xff" + body.encode("utf-32-be"))
    yield post("encoding-only-bom", "/assign/invoke", b"\xef\xbb\xbf")
    for name, broken in {
            "latin-1": body.replace("漢😀",
                                    "").encode("latin-1"), "overlong": b'{"input": "\xc0\xaf"}',
            "utf-8-cut": body.encode()[:-8].replace(b"x", b"\xe6\xbc"),
            "utf-16-odd": body.encode("utf-16")[:-1], "utf-16-lone": b"\xff\xfe" +
            '{"input": "'.encode("utf-16-le") + b"\x00\xd8" + '"}'.encode("utf-16-le"),
            "utf-32-range": b"\xff\xfe\x00\x00\x00\x00\x11\x00"
    }.items():
        yield post(f"encoding-broken-{name}", "/assign/invoke", broken, differ=FAULT_500,
                   ours=(422, ))


def body_cases():
    for part in (every_route, wrong_inputs, wrong_bodies, odd_numbers_and_strings, all_values,
                 configs, encodings):
        yield from part()
