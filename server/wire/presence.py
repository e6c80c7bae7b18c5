"""Work is done only as long as there is time for it, and somebody waits for it."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from server.wire.body import ClientLeftError

GONE = "broadsheet.gone"
"""In the scope: what tells whether the client has hung up, by the server; where it is missing, nobody knows."""
AFTER = 0.2
"""Seconds of work before anybody looks whether the client is still there: most is done by then."""


class Presence:
    """Cancels the block when its seconds are over, or, where `receive` is given, when the client closes its connection.

    The body must have been read before. Out of the block comes then a TimeoutError, or a ClientLeftError. One timer is
    enough for both, as long as the block takes no longer than `AFTER`.
    """

    def __init__(self, receive: Receive | None, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._ended: type[Exception] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        loop = asyncio.get_running_loop()
        if self._receive is None or self._seconds <= AFTER:
            self._timer = loop.call_later(self._seconds, self._end, TimeoutError)
        else:
            self._timer = loop.call_later(AFTER, self._watch, self._receive)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        # Where somebody else cancelled it, too, it is cancelled.
        if self._ended is not None and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._ended

    def _watch(self, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds - AFTER, self._end, TimeoutError)
        self._watcher = loop.create_task(self._wait(receive))

    async def _wait(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._end(ClientLeftError)

    def _end(self, why: type[Exception]) -> None:
        if self._ended is None:
            self._ended = why
            self._task.cancel()
