"""What every answer has: a number for the request, in it and in every log line that it causes, and safe headers."""

import re
import secrets
from collections.abc import Iterable, Iterator

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = b"x-request-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
"""Headers of every answer."""


def _numbers() -> Iterator[str]:
    """Numbers of 32 hexadecimals that nobody can guess, of which the system is asked for many at once."""
    while True:
        drawn = secrets.token_hex(16 * 256)
        yield from (drawn[start : start + 32] for start in range(0, len(drawn), 32))


_NUMBERS = _numbers()


def number_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The number of a request: the one that a proxy gave, when it is a plain word, or else a new one."""
    for name, value in headers:
        if name == _HEADER:
            return value.decode() if _ACCEPTED.fullmatch(value) else next(_NUMBERS)
    return next(_NUMBERS)


class Envelope:
    """Numbers requests, and puts into answers what all have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        number = number_of(scope["headers"])
        scope["request_id"] = number

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (_HEADER, number.encode())]
                given = dict(headers)
                headers += [one for one in SAFE if one[0] not in given]
                message = {**message, "headers": headers}
            await send(message)

        # Each request is served in a task, and so in a context, of its own: nothing need be taken back.
        structlog.contextvars.bind_contextvars(request_id=number)
        await self.app(scope, receive, send_with_headers)
