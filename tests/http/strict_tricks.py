"""What smugglers send (RELIABILITY §5), each as (name, bytes), and what is well-formed."""

BODY = b'{"input": 1}'
POST_SAME = b"POST /same/invoke HTTP/1.1\r\nHost: h\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"c\r\n" + BODY + b"\r\n"
LENGTH = b"Content-Length: 12\r\n"
END = b"\r\n"
LAST = b"0\r\n\r\n"


def head(*lines, first=b"GET /health HTTP/1.1", host=b"Host: h"):
    return b"\r\n".join([first, *([host] if host else []), *lines]) + b"\r\n\r\n"


def framed(headers, body):
    return POST_SAME + headers + END + body


def lengths(*values):
    return [(f"length {v!r}", framed(b"Content-Length: " + v + END, BODY)) for v in values]


def codings(*values):
    return [(f"coding {v!r}", framed(b"Transfer-Encoding: " + v + END, CHUNK + LAST))
            for v in values]


def chunks(*bodies):
    return [(f"chunks {body[:40]!r}", framed(CHUNKED, body)) for body in bodies]


def targets(*values):
    return [(f"target {v!r}", head(first=b"GET " + v + b" HTTP/1.1")) for v in values]


def fields(*lines):
    return [(f"field {line!r}", head(line)) for line in lines]


def hosts(*values):
    return [(f"host {v!r}", head(host=b"Host: " + v)) for v in values]


def first_lines(*lines):
    return [(f"line {line!r}", head(first=line)) for line in lines]


BAD = [
    # both framings, in either order, and framings twice
    ("length, then coding", framed(LENGTH + CHUNKED, CHUNK + LAST)),
    ("coding, then length", framed(CHUNKED + LENGTH, CHUNK + LAST)),
    ("length 0 and coding", framed(b"Content-Length: 0\r\n" + CHUNKED, CHUNK + LAST)),
    ("length twice, alike", framed(LENGTH + LENGTH, BODY)),
    ("length twice, not alike", framed(LENGTH + b"Content-Length: 0\r\n", BODY)),
    ("coding twice", framed(CHUNKED + CHUNKED, CHUNK + LAST)),
    ("coding identity, then chunked", framed(b"Transfer-Encoding: identity\r\n" + CHUNKED,
                                             CHUNK + LAST)),
    ("chunked for 1.0", framed(CHUNKED, CHUNK + LAST).replace(b"1.1", b"1.0", 1)),
    *lengths(b"+12", b"-12", b"0x0c", b"12 12", b"12,12", b"12, 12", b"1 2", b"12a", b"a", b"",
             b"1_2", b"12.0", b"1e1", b"\xb2", b"0 12", b"00000000000000000012",
             b"18446744073709551628", b"99999999999999999999", b"12;", b'"12"', b"12\x0b"),
    *codings(b"identity", b"gzip", b"gzip, chunked", b"chunked, identity", b"chunked, chunked",
             b"chunked;q=1", b"chunked,", b",chunked", b"xchunked", b"chunkedx", b"chunk", b"",
             b"\x0bchunked", b"chunked\x0c", b'"chunked"', b"x, chunked", b"\xa0chunked",
             b"cow", b"chunked\x00", b"Chunked, deflate"),
    # bare line feeds and carriage returns, at every end of line
    ("bare LF behind the request line", head().replace(b"1.1\r\n", b"1.1\n", 1)),
    ("bare LF behind a field", head(b"A: b").replace(b"b\r\n", b"b\n", 1)),
    ("bare LFs at the end of the head", b"GET /health HTTP/1.1\r\nHost: h\n\n"),
    ("bare LF as the last line", b"GET /health HTTP/1.1\r\nHost: h\r\n\n"),
    ("all LF", head().replace(b"\r", b"")),
    ("bare CR behind the request line", head().replace(b"1.1\r\n", b"1.1\r", 1)),
    ("CR CR LF", head(b"A: b").replace(b"b\r\n", b"b\r\r\n", 1)),
    ("LF CR", head(b"A: b").replace(b"b\r\n", b"b\n\r", 1)),
    *fields(b"A: b\rc", b"A: b\nc: d", b"A: b\x00c", b"A: b\rContent-Length: 5", b"A: b\x01",
            b"A: b\x7f", b"A: b\x1b[0m", b"A\x00B: c", b"A: \x00"),
    # folded lines, blanks around the colon, names that are none
    *fields(b"A: b\r\n c", b"A: b\r\n\tc", b" A: b", b"\tA: b", b"A : b", b"A\t: b", b"A", b"A b: c",
            b": b", b"A(b): c", b"A/b: c", b"\xe4: c", b"A\x0b: c", b"@: c", b"A[0]: c",
            b"Content-Length : 5", b"Transfer-Encoding\x0b: chunked", b"Content-Length\xa0: 5",
            b"A: b\r\n Transfer-Encoding: chunked"),
    ("a blank before the first field", b"GET /health HTTP/1.1\r\n Host: h\r\n\r\n"),
    ("a folded length", framed(b"Content-Length:\r\n 12\r\n", BODY)),
    ("a folded coding", framed(b"Transfer-Encoding:\r\n chunked\r\n", CHUNK + LAST)),
    # hosts
    ("no Host", head(host=None)),
    ("Host twice", head(b"Host: h")),
    ("Host twice, not alike", head(b"Host: other")),
    *hosts(b"", b"a b", b"a,b", b"a/b", b"a@b", b"user@h", b"a?b", b"a#b", b"h:80:80", b"h:x",
           b"h:999999", b"[::1", b"::1", b"[::1]x", b"[]", b"a\\b", b'"a"', b"<a>", b"a%", b"a%zz",
           b"\xe4", b"h\x00", b"{h}", b"h:-1", b"http://h", b":80", b"h: 80"),
    # chunks
    *chunks(b"0x" + CHUNK + LAST, b"+" + CHUNK + LAST, b"-" + CHUNK + LAST, b" " + CHUNK + LAST,
            b"c \r\n" + BODY + b"\r\n" + LAST, b"c\t\r\n" + BODY + b"\r\n" + LAST,
            b"c\n" + BODY + b"\r\n" + LAST, b"c\r" + BODY + b"\r\n" + LAST,
            b"\r\n" + CHUNK + LAST, b"g\r\n" + LAST, b";a\r\n" + LAST, b"\r\n\r\n",
            b"c\r\n" + BODY + b"\n" + LAST, b"c\r\n" + BODY + LAST, b"c\r\n" + BODY + b"xx" + LAST,
            b"c\r\n" + BODY + b"\r" + LAST, CHUNK + b"0\n\n", CHUNK + b"0\r\n\n",
            CHUNK + b"0\n\r\n", CHUNK + b"0\r\n\rX",
            b"c;a\nb\r\n" + BODY + b"\r\n" + LAST, b"c;\n" + BODY + b"\r\n" + LAST,
            b"c;a\x00\r\n" + BODY + b"\r\n" + LAST, b"c;a\rb\r\n" + BODY + b"\r\n" + LAST,
            b"c;a\x01\r\n" + BODY + b"\r\n" + LAST, b"c;\x7f\r\n" + BODY + b"\r\n" + LAST,
            b"0000000000000000c\r\n" + BODY + b"\r\n" + LAST, b"f" * 16 + b"\r\n",
            b"f" * 17 + b"\r\n", b"1" + b"0" * 16 + b"\r\n" + BODY, b"8" + b"0" * 15 + b"\r\n",
            b"c_\r\n" + BODY + b"\r\n" + LAST, b"\xef\xbc\x91\r\n" + LAST,
            b"c" + b";a" * 2000 + b"\r\n" + BODY + b"\r\n" + LAST,
            CHUNK + b"0\r\nA: b\n\r\n", CHUNK + b"0\r\n A: b\r\n\r\n", CHUNK + b"0\r\nA : b\r\n\r\n",
            CHUNK + b"0\r\nA: b\r\n c\r\n\r\n", CHUNK + b"0\r\nA\r\n\r\n",
            CHUNK + b"0\r\nA: \x00\r\n\r\n"),
    # request lines
    *first_lines(b"GET /health", b"GET /health HTTP/0.9", b"GET /health HTTP/2.0",
                 b"GET /health HTTP/1.2", b"GET /health HTTP/1.10", b"GET /health HTTP/1",
                 b"GET /health HTTP/1.1 ", b"GET  /health HTTP/1.1", b"GET /health  HTTP/1.1",
                 b"GET\t/health HTTP/1.1", b"GET /health\tHTTP/1.1", b" GET /health HTTP/1.1",
                 b"GET /health http/1.1", b"GET /health HTTP/1,1", b"GET /health HTTP/01.1",
                 b"GET /health HTTPS/1.1", b"GET /health XTTP/1.1", b"GET /health HTTP/ 1.1",
                 b"GET /health \xef\xbc\xa8TTP/1.1", b"G\x00T /health HTTP/1.1",
                 b"G(T /health HTTP/1.1", b"/health HTTP/1.1", b"GET",
                 b"GET /health /health HTTP/1.1", b"PRI * HTTP/2.0", b"GET /a b HTTP/1.1",
                 b"\xef\xbb\xbfGET /health HTTP/1.1",
                 b"CONNECT h:80 HTTP/1.1", b"CONNECT /health HTTP/1.1", b"\x16\x03\x01\x02\x00"),
    ("three blank lines in front", b"\r\n\r\n\r\n" + head()),
    ("a blank LF in front", b"\n" + head()),
    # targets
    *targets(b"health", b"*", b"/a\x00b", b"/a\xe4", b"/a\x7f", b"/a#b", b"/a%", b"/a%2", b"/a%zz",
             b"/a%2fb", b"/a%2Fb", b"/a%00", b"http://other/health", b"http:///health", b"http://",
             b"ftp://h/health", b"http://u@h/health", b"h:80", b"//%", b"/%u0041", b"?", b"#",
             b"http://h:x/health", b"file:///etc/passwd", b"http:/health"),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
]

GOOD = [
    ("a length", framed(LENGTH, BODY)),
    ("a length with blanks around", framed(b"Content-Length: \t  12  \r\n", BODY)),
    ("a length with noughts", framed(b"Content-Length: 0012\r\n", BODY)),
    ("a name in capitals", framed(b"CONTENT-LENGTH:12\r\n", BODY)),
    ("chunks", framed(CHUNKED, CHUNK + LAST)),
    ("Chunked in capitals", framed(b"TRANSFER-ENCODING: CHUNKED\r\n", CHUNK + LAST)),
    ("chunks of one byte", framed(CHUNKED, b"".join(b"1\r\n%c\r\n" % c for c in BODY) + LAST)),
    ("capital sizes", framed(CHUNKED, CHUNK.replace(b"c", b"C", 1) + LAST)),
    ("16 digits", framed(CHUNKED, CHUNK.replace(b"c", b"000000000000000c", 1) + LAST)),
    ("noughts as the last chunk", framed(CHUNKED, CHUNK + b"000\r\n\r\n")),
    ("extensions", framed(CHUNKED, CHUNK.replace(b"c", b'c;a="d e";b=c', 1) + b"0;x\r\n\r\n")),
    ("trailers", framed(CHUNKED, CHUNK + b"0\r\nA: b\r\nContent-Length: 9\r\n\r\n")),
    ("a trailer that looks like framing", framed(CHUNKED, CHUNK + b"0\r\nHost: x\r\n\r\n")),
    ("a blank line in front", END + framed(LENGTH, BODY)),
]

GOOD_HEADS = [
    *fields(b"A:", b"A:b", b"A: \t b \t ", b"A: \xe4\xf6", b"A: b;c,d\"e\"", b"!#$%&'*+-.^_`|~: x",
            b"Connection: keep-alive, x", b"Upgrade: h2c\r\nConnection: Upgrade",
            b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nUpgrade: h2c",
            b"X: Transfer-Encoding: chunked", b"Content-Length: 0"),
    *hosts(b"h", b"h:", b"h:80", b"127.0.0.1:8000", b"[::1]", b"[::1]:80", b"a.b-c_d", b"a%20b",
           b"H.Example"),
    *targets(b"/health?", b"/health?a=b&c", b"/health?/%20?:@", b"/he%61lth", b"http://h/health",
             b"HTTP://H/health", b"https://h/health"),
]
