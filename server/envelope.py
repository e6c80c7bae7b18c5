"""What every answer has: a number for the request, in it and in every log line that it causes, and safe headers."""

import re
import secrets
from collections.abc import Awaitable, Iterable, Iterator
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.observing.timing import HEADER as TIMING
from server.observing.timing import timing
from server.whole import ANSWER, Answer

_HEADER = b"x-request-id"
ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""Numbers that are taken as they come."""
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
    given = dict(headers).get(_HEADER)
    return new_number() if given is None or not ACCEPTED.fullmatch(given) else given.decode()


def new_number() -> str:
    """A number that nobody has."""
    return next(_NUMBERS)


class Sending:
    """Sends one answer, with what all have."""

    __slots__ = ("_answer", "_began", "_number", "_send")

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        # Out of the scope, to which it leads back: else only the collector could put both away.
        self._answer: Answer | None = scope.pop(ANSWER, None)
        self._number = scope["request_id"].encode()
        self._began = perf_counter()

    async def __call__(self, message: Message) -> None:
        """Send a message of ASGI."""
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (_HEADER, self._number)]
            given = dict(headers)
            headers += [one for one in SAFE if one[0] not in given]
            if TIMING not in given:
                headers.append(timing(self._began, None, parts=False))
            message = {**message, "headers": headers}
        await self._send(message)

    async def whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Send an answer of one piece, whose headers have a `Server-Timing`, and none of those that all have."""
        headers = [*headers, (_HEADER, self._number), *SAFE]
        if self._answer is None or not self._answer(status, headers, body):
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})


class Envelope:
    """Numbers requests, and puts into answers what all have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            return self.app(scope, receive, send)
        scope["request_id"] = number = number_of(scope["headers"])
        # Each request is served in a task, and so in a context, of its own: nothing need be taken back.
        structlog.contextvars.bind_contextvars(request_id=number)
        return self.app(scope, receive, Sending(scope, send))
