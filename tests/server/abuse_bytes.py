"""Bytes that are no request, or nearly none."""

from collections.abc import Iterator

from tests.server.abuse import Bytes


def raw_bytes() -> Iterator[Bytes]:
    """What no HTTP client would send."""
    body = b'{"query":"{ __typename }"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    sized = b"Content-Length: %d\r\n" % len(body)
    yield Bytes("noise", [bytes(range(256)) * 10])
    yield Bytes("TLS on a plain port", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200])
    yield Bytes("HTTP/2", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
    yield Bytes("HTTP/0.9", [b"GET /graphql\r\n\r\n"])
    yield Bytes("another version", [b"GET /graphql HTTP/9.9\r\nHost: a\r\n\r\n"])
    yield Bytes("a method that is none", [b"G E T / HTTP/1.1\r\n\r\n"])
    yield Bytes("a length and chunks", [head + sized + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + body])
    yield Bytes("two lengths", [head + sized + b"Content-Length: 1\r\n\r\n" + body])
    yield Bytes("a length with a sign", [head + b"Content-Length: +26\r\n\r\n" + body])
    yield Bytes("a length that is less than nothing", [head + b"Content-Length: -1\r\n\r\n" + body])
    yield Bytes("a length of words", [head + b"Content-Length: many\r\n\r\n" + body])
    yield Bytes(
        "a length beyond numbers", [head + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n" + body], frozenset({400, 413})
    )
    yield Bytes("a length of a terabyte", [head + b"Content-Length: 1099511627776\r\n\r\n"], frozenset({413}))
    yield Bytes("a coding that is none", [head + b"Transfer-Encoding: x\r\n\r\n" + body], frozenset({400, 501}))
    yield Bytes(
        "a coding in two",
        [head + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + body],
        frozenset({400, 501}),
    )
    yield Bytes("a coding with a space", [head + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"])
    yield Bytes("a chunk of letters", [head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"])
    yield Bytes(
        "a chunk of a terabyte",
        [head + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nx"],
        frozenset({400, 413, 408}),
    )
    yield Bytes(
        "chunks without end",
        [head + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b" " * 65536 + b"\r\n"] * 40],
        frozenset({413}),
    )
    yield Bytes(
        "a million small chunks",
        [head + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 50_000, b"0\r\n\r\n"],
        frozenset({400}),
    )
    yield Bytes(
        "an extension of a chunk of 100 KB",
        [head + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 100_000 + b"\r\n \r\n0\r\n\r\n"],
        frozenset({400, 413}),
    )
    yield Bytes(
        "a header with a line of its own", [head + b"X: a\r\n b\r\n" + sized + b"\r\n" + body], frozenset({200, 400})
    )
    yield Bytes("a header without a name", [head + b": x\r\n\r\n"])
    yield Bytes("a header with a NUL", [head + b"X: a\x00b\r\n\r\n"])
    yield Bytes("lines that end in one sign", [b"GET /livez HTTP/1.1\nHost: a\n\n"], frozenset({200, 400}))
    yield Bytes("a header of 20 KB", [head + b"X: " + b"a" * 20_000 + b"\r\n\r\n"], frozenset({431}))
    yield Bytes("a header of 1 MB", [head + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n"], frozenset({431}))
    yield Bytes("a header without end", [head + b"X: ", *[b"a" * 8_192] * 20], frozenset({431}))
    yield Bytes(
        "2,000 headers", [head + b"".join(b"X-%d: 1234\r\n" % n for n in range(2_000)) + b"\r\n"], frozenset({431})
    )
    yield Bytes(
        "an address of 20 KB", [b"GET /graphql?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"], frozenset({431})
    )
    yield Bytes(
        "an address of letters beyond ASCII", [b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n"], frozenset({400, 404})
    )
    yield Bytes("an address that is none", [b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n"])
    yield Bytes(
        "a proxy's request",
        [b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"],
        frozenset({400, 404, 405}),
    )
    yield Bytes(
        "a request in a request's body",
        [head + b"Content-Length: 0\r\n\r\n" + b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"],
        frozenset({400}),
    )
    yield Bytes("a hundred requests at once", [(head + sized + b"\r\n" + body) * 100], frozenset({200}))
    yield Bytes(
        # Accepted, to be closed with 4406: browsers are told no other reason.
        "an upgrade to a WebSocket of no protocol",
        [
            b"GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ],
        frozenset({101}),
    )
    yield Bytes(
        "an upgrade to HTTP/2",
        [
            b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        ],
        frozenset({200, 400}),
    )
    yield Bytes(
        "something expected that is none",
        [head + b"Expect: 200-ok\r\n" + sized + b"\r\n" + body],
        frozenset({200, 417}),
    )
