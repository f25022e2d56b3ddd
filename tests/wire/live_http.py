"""Cases about paths, methods, headers and how a body is sent."""

import json
from dataclasses import replace

from live_case import ENDPOINTS, SCHEMAS, STRICT, TRANSLATE, Case, get, post, text, wrap
from wire_http import Request


def paths():
    body = {"input": TRANSLATE}
    for endpoint in ENDPOINTS:
        yield post(f"slash-{endpoint}", f"/translate/{endpoint}/", wrap(endpoint, TRANSLATE))
    for schema in SCHEMAS:
        yield get(f"slash-{schema}", f"/translate/{schema}/")
        yield get(f"query-{schema}", f"/translate/{schema}?config=1&x", schema=True)
    for name, path in {
            "slash-query": "/translate/invoke/?a=1&b=%20",
            "two-slashes-after": "/translate/invoke//",
            "slash-of-unknown": "/translate/nothing/",
            "query": "/translate/invoke?x=1&config_hash=zzz", "question-mark": "/translate/invoke?",
            "double-slash": "//translate/invoke", "double-slash-inside": "/translate//invoke",
            "encoded": "/translate/%69nvoke", "encoded-route": "/%74ranslate/invoke",
            "encoded-twice": "/translate/%2569nvoke", "encoded-space": "/translate/invoke%20",
            "encoded-utf8": "/translat%C3%A9/invoke",
            "upper": "/translate/INVOKE", "upper-route": "/Translate/invoke",
            "dot": "/translate/./invoke", "dots": "/chat/../translate/invoke",
            "unknown": "/unknown/invoke", "unknown-endpoint": "/translate/foo",
            "prefix": "/translate/invoke/more", "short": "/trans/invoke",
            "longer": "/translatex/invoke", "semicolon": "/translate;x/invoke",
            "plus": "/translate/+invoke", "hash-only": "/translate/c/",
            "hash-empty": "/translate/c//invoke", "root": "/", "route": "/translate",
            "route-slash": "/translate/"
    }.items():
        yield post(f"path-{name}", path, body)
    for name, path in {
            "root": "/", "unknown": "/unknown", "route": "/translate", "route-slash": "/translate/",
            "favicon": "/favicon.ico", "hash": "/translate/c/", "healthz": "/healthz",
            "healthz-slash": "/healthz/", "healthz-query": "/healthz?x=1",
            "healthz-more": "/healthz/x"
    }.items():
        yield get(f"get-{name}", path)
    for name, path in {"slash-encoded": "/translate%2Finvoke",
                       "encoded-slash-end": "/translate/invoke%2F"}.items():
        yield post(f"path-{name}", path, body, differ=STRICT, ours=(400, 404))
    yield post("path-percent-alone", "/translate/%", body, differ=STRICT, ours=(400, 404))
    yield post("path-percent-zz", "/translate/%zzinvoke", body, differ=STRICT, ours=(400, 404))
    yield post("path-percent-not-utf8", "/translat%ff/invoke", body, differ=STRICT, ours=(400, 404))
    yield post("location-of-other-host", "/translate/invoke/", body, host="example.test:99")
    yield post("absolute-form", "http://{host}/translate/invoke", body)


def methods():
    for path in ("/translate/invoke", "/translate/batch", "/translate/stream",
                 "/translate/input_schema", "/translate/output_schema", "/translate/config_schema",
                 "/healthz", "/unknown", "/translate", "/"):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            sensible = "POST" if path.endswith(ENDPOINTS) else "GET"
            if method != sensible:
                yield get(f"method-{method}-{path}", path, method)
    yield get("method-trace", "/translate/invoke", "TRACE", differ=STRICT, ours=(400, 405, 501))
    yield get("method-put-slash", "/translate/invoke/", "PUT")
    yield get("method-head-slash", "/translate/input_schema/", "HEAD")
    preflight = (("origin", "http://x"), ("access-control-request-method", "POST"))
    yield get("preflight", "/translate/invoke", "OPTIONS", headers=preflight)


def headers_and_framing():
    body = {"input": TRANSLATE}
    for name, header in {
            "text": ("content-type", "text/plain"), "form": ("content-type",
                                                             "application/x-www-form-urlencoded"),
            "charset": ("content-type", "application/json; charset=utf-8"),
            "latin1": ("content-type",
                       "application/json; charset=latin-1"), "nonsense": ("content-type", "x"),
            "multipart": ("content-type",
                          "multipart/form-data; boundary=x"), "xml": ("accept", "application/xml"),
            "sse": ("accept", "text/event-stream"), "gzip": ("accept-encoding", "gzip, br"),
            "origin": ("origin", "http://elsewhere.test"), "range": ("range", "bytes=0-3"),
            "if-none-match": ("if-none-match", "*"), "cookie": ("cookie", "a=b; c=d"),
            "auth": ("authorization", "Bearer x"), "close": ("connection", "close"),
            "latin-value": ("x-name", "caf\xe9"), "empty-value": ("x-empty", ""),
            "no-store": ("cache-control", "no-store"), "forwarded": ("x-forwarded-host",
                                                                     "evil.test")
    }.items():
        for endpoint in ("invoke", "stream"):
            yield post(f"header-{name}-{endpoint}", f"/translate/{endpoint}", body, header)
    bare = Request("POST", "/translate/invoke", text(body))
    yield Case("header-no-content-type", bare)
    yield Case("http10", replace(bare, http="HTTP/1.0"))
    yield Case("http10-no-host", replace(bare, http="HTTP/1.0", host=None))
    yield Case("http10-keep-alive",
               replace(bare, http="HTTP/1.0", headers=(("connection", "keep-alive"), )))
    yield Case("http10-stream", replace(bare, http="HTTP/1.0", path="/translate/stream"))
    yield Case("http11-no-host", replace(bare, host=None), differ=STRICT, ours=(400, ))
    for endpoint in ENDPOINTS:
        request = replace(bare, path=f"/translate/{endpoint}", body=text(wrap(endpoint, TRANSLATE)))
        yield Case(f"expect-{endpoint}", replace(request, headers=(("expect", "100-continue"), )))
        yield Case(f"expect-chunked-{endpoint}",
                   replace(request, headers=(("Expect", "100-Continue"), ), chunks=(7, )))
        for sizes in ((1000, ), (1, 1, 1), (10, 20), (1, ) * 60):
            yield Case(f"chunked-{len(sizes)}-{sizes[0]}-{endpoint}",
                       replace(request, chunks=sizes))
    yield Case("chunked-empty", replace(bare, body=b"", chunks=(5, )))
    yield Case("chunked-broken-json", replace(bare, body=b'{"input": ', chunks=(5, )))
    yield Case("chunked-utf16", replace(bare, body=json.dumps(body).encode("utf-16"), chunks=(3, )))
    yield post("body-200k", "/parallel/invoke", {"input": {"x": "y" * 200_000}})
    yield post("body-200k-stream", "/assign/stream",
               {"input": {"language": "x" * 100_000, "text": "é" * 50_000}})
    yield Case("get-with-body", Request("GET", "/translate/input_schema", b"{}"), schema=True)


def http_cases():
    for part in (paths, methods, headers_and_framing):
        yield from part()
