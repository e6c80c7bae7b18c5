"""Calls that many wait for."""

import asyncio
from collections.abc import Awaitable, Callable


class SharedCall:
    """One call under way and one queued behind it, whoever asks: who asks now waits for one that is yet to be sent."""

    def __init__(self, call: Callable[[], Awaitable[None]]) -> None:
        self._call = call
        self._running: asyncio.Task[None] | None = None
        self._queued: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Return when a call that was sent after this has come back, or raise what it raised."""
        await asyncio.shield(self.soon())

    def soon(self) -> "asyncio.Task[None]":
        """The call that one would wait for."""
        if self._queued is None:
            self._queued = asyncio.create_task(self._after(self._running))
            # Those who wait for it hear of its failure; there may be none of them any more.
            self._queued.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._queued

    async def _after(self, running: "asyncio.Task[None] | None") -> None:
        if running is not None:
            await asyncio.wait([running])
        # From here on it is sent: who comes later waits for another.
        self._running, self._queued = self._queued, None
        await self._call()
