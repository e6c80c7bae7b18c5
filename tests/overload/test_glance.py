"""A request that is refused by a glance is one that the parser would have read to the same end."""

from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.overload.glance import LONGEST_KNOWN, MOST_KNOWN, Glance

PLAIN = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nbody"


def seen(data: bytes) -> bytes | None:
    return Glance(1_000, origins=False).whole_request(data)


def test_a_plain_request_is_known() -> None:
    assert seen(PLAIN) == b""
    assert seen(PLAIN.replace(b"Host", b"X-Request-Id: abc-1\r\nHost")) == b"abc-1"
    assert seen(b"GET /graphql?query=%7Ba%7D HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n") == b""


@pytest.mark.parametrize("numbers", [b"a b<", b"a" * 65, b"", b"a\r\nx-request-id: b", b"a\r\n b"])
def test_a_number_that_is_none_or_not_the_only_one_is_for_the_parser(numbers: bytes) -> None:
    assert seen(PLAIN.replace(b"Host", b"X-Request-Id: " + numbers + b"\r\nHost")) is None


def test_a_head_that_is_remembered_stands_for_the_same_head_only() -> None:
    glance = Glance(1_000, origins=False)
    numbered = PLAIN.replace(b"Host", b"X-Request-Id: expect-1\r\nHost")
    for _ in range(2):
        assert glance.whole_request(PLAIN) == b""
        assert glance.whole_request(PLAIN[:-4] + b"BODY") == b""
        assert glance.whole_request(PLAIN[:-1]) is None
        assert glance.whole_request(PLAIN + b"+") is None
        assert glance.whole_request(PLAIN.replace(b"Length: 4", b"Length: 5")) is None
        assert glance.whole_request(numbered) == b"expect-1"
        assert glance.whole_request(numbered.replace(b"expect-1", b"mine")) == b"mine"
        assert glance.whole_request(numbered + b"+") is None


def test_no_more_is_remembered_than_so_many_short_heads() -> None:
    glance = Glance(100_000, origins=False)
    for number in range(MOST_KNOWN * 2 + 10):
        assert glance.whole_request(PLAIN.replace(b"Host: a", b"Host: %d" % number)) == b""
        assert len(glance._known) <= MOST_KNOWN
    before = len(glance._known)
    assert glance.whole_request(PLAIN.replace(b"Host: a", b"Host: " + b"a" * LONGEST_KNOWN)) == b""
    assert len(glance._known) == before


@pytest.mark.parametrize(
    ("what", "by"),
    [
        (b"body", b"bod"),
        (b"body", b"body+"),
        (b"/graphql", b"/livez"),
        (b"POST", b"PUT"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host: a", b"Transfer-Encoding: chunked"),
        (b"Host: a", b"Host: a\r\n Transfer-Encoding: chunked"),
        (b"Host: a", b"Expect: 100-continue"),
        (b"Host: a", b"Connection: close"),
        (b"Host: a", b"Connection: Upgrade"),
        (b"Host: a", b"Content-Length: 4"),
        (b"Content-Length: 4", b"Content-Length : 4"),
        (b"Content-Length: 4", b"Content-Length: +4"),
        (b"Content-Length: 4", b"Content-Length: 4, 4"),
        (b"Content-Length: 4", b"Content-Length: 0x4"),
        (b"Host: a\r\n", b"Host: a\n"),
        (b"Host: a", b"Host: a\rb"),
        (b"Host: a", b"Host: " + b"a" * 1_000),
    ],
)
def test_what_is_in_doubt_is_for_the_parser(what: bytes, by: bytes) -> None:
    assert seen(PLAIN.replace(what, by)) is None


def test_one_that_names_an_origin_is_for_the_application_where_the_settings_name_some() -> None:
    request = PLAIN.replace(b"Host", b"Origin: https://a.example\r\nHost")
    assert Glance(1_000, origins=True).whole_request(request) is None
    assert seen(request) == b""


class Parsed:
    """What httptools makes of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.complete = 0
        self.parser = httptools.HttpRequestParser(self)
        self.begun = 0
        self.failed = False
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.failed = True

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_message_complete(self) -> None:
        self.complete += 1


PIECES = st.sampled_from(
    [
        *(
            b"POST /graphql HTTP/1.1\r\n",
            b"GET /graphql?a HTTP/1.1\r\n",
            b"Host: a\r\n",
            b"\r\n",
            b"\n",
            b"\r",
            b" ",
            b"\t",
        ),
        *(b"Content-Length: 4\r\n", b"content-length: 0\r\n", b"Content-Length:4\r\n", b"body", b"0\r\n\r\n", b"\0"),
        *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"X: \xff\r\n"),
        *(b"X-Request-ID: a-1\r\n", b"X-Request-ID: ", b"a"),
    ]
)


KNOWING = Glance(1_000, origins=False)
"""Remembers what the examples before have shown it."""


@given(st.lists(PIECES, max_size=8))
def test_whatever_is_known_by_a_glance_is_one_whole_request_to_the_parser(pieces: list[bytes]) -> None:
    data: Any = b"POST /graphql HTTP/1.1\r\n" + b"".join(pieces)
    assert KNOWING.whole_request(data) == seen(data)
    if seen(data) is not None:
        parsed = Parsed(data)
        # What it takes for none it would have refused, too, and hung up.
        assert parsed.failed or (parsed.begun, parsed.complete) == (1, 1), data
