"""How answers follow each other in one body."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Framing:
    """A way to write them; each function takes JSON.

    `failure` ends a stream for good, `interruption` one that is to be begun again.
    """

    media: bytes
    begin: bytes
    heartbeat: bytes
    end: bytes
    answer: Callable[[bytes], bytes]
    failure: Callable[[bytes], bytes]
    interruption: Callable[[bytes], bytes]


_COMPLETE = b"event: complete\ndata:\n\n"


def _event(text: bytes) -> bytes:
    return b"event: next\ndata: " + text + b"\n\n"


def _failed_event(errors: bytes) -> bytes:
    return _event(b'{"errors":' + errors + b"}") + _COMPLETE


def _interrupted_event(_errors: bytes) -> bytes:
    # A client that hears no `complete` takes the connection for lost, and comes again.
    return b":\n\n"


EVENTS = Framing(
    b"text/event-stream; charset=utf-8", b":\n\n", b":\n\n", _COMPLETE, _event, _failed_event, _interrupted_event
)

_BOUNDARY = b"\r\n--graphql"
"""Clients hand out a part when the boundary after it has come: so it ends what is written, and begins nothing."""
_LAST = b"--\r\n"


def _plain_part(text: bytes) -> bytes:
    return b"\r\nContent-Type: application/json\r\n\r\n" + text + _BOUNDARY


def _part(text: bytes) -> bytes:
    return _plain_part(b'{"payload":' + text + b"}")


def _failed_part(errors: bytes) -> bytes:
    return _plain_part(b'{"payload":null,"errors":' + errors + b"}") + _LAST


PARTS = Framing(
    b'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
    _BOUNDARY + _plain_part(b"{}"),
    _plain_part(b"{}"),
    _LAST,
    _part,
    _failed_part,
    _failed_part,
)
