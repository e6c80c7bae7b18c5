"""An answer as bytes, with its headers."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from starlette.types import Send

from cache.rate_limit import Verdict
from core.errors import ErrorCode, LimitError
from server.envelope import Sending
from server.wire.accept import Media
from server.wire.refusal import error_body

Headers = list[tuple[bytes, bytes]]

_VARY = (b"vary", b"Accept, Authorization")


def encode(body: Mapping[str, Any], most: int) -> tuple[bytes, bool]:
    """A body as JSON, and whether it is the one that was meant: one that is too large becomes an error."""
    try:
        text = orjson.dumps(body)
    except TypeError:  # an integer beyond 64 bits, or half of a surrogate pair that a client wants back
        text = json.dumps(body, default=datetime.isoformat).encode()
    if len(text) <= most:
        return text, True
    message = f"The answer has {len(text)} bytes, and {most} are allowed. Ask for less at once."
    error = LimitError(ErrorCode.QUERY_TOO_LARGE, message, most, len(text))
    return orjson.dumps({"data": None, **error_body(error)}), False


async def send_answer(
    send: Send, status: int, media: Media, text: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole answer."""
    start = _start(media, text, headers)
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": text})


async def send_timed_answer(send: Send, status: int, media: Media, text: bytes, headers: Headers) -> None:
    """The same, of headers that have a `Server-Timing` and leave the connection as it is; nearly all answers are so."""
    if type(send) is Sending:
        await send.whole(status, _start(media, text, headers), text)
    else:  # something stands before it that wants to see the messages
        await send_answer(send, status, media, text, headers)


def _start(media: Media, text: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(b"content-type", media.value), (b"content-length", b"%d" % len(text)), _VARY, *headers]


@lru_cache(maxsize=16)
def _policy(limit: int, per_second: float) -> bytes:
    return b'"cost";q=%d;w=%d' % (limit, max(1, math.ceil(limit / per_second)))


def rate_headers(verdict: Verdict) -> Headers:
    """What the caller may still spend: points, and seconds until all are back (RateLimit header fields, draft 10)."""
    left = b'"cost";r=%d;t=%d' % (verdict.remaining, math.ceil(verdict.reset_after))
    headers = [(b"ratelimit-policy", _policy(verdict.limit, verdict.per_second)), (b"ratelimit", left)]
    if not verdict.allowed:
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(verdict.retry_after))))
    return headers
