"""Work is done only as long as somebody waits for it."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.types import Receive

from server.wire.body import ClientLeftError

AFTER = 0.2
"""Seconds of work before anybody looks whether the client is still there: most is done by then."""


class Presence:
    """Cancels the block when the client closes its connection; the body must have been read before.

    Raises ClientLeftError out of the block then.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = False
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = asyncio.get_running_loop().call_later(AFTER, self._watch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._left and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise ClientLeftError

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True
        self._task.cancel()
