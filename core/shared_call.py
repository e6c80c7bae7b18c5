"""Calls that many wait for."""

import asyncio
from collections.abc import Awaitable, Callable

ROUNDS = 3
"""Of the event loop, between the end of a call and the next one: those who were answered go on, what has come meanwhile
is read, and whoever that is joins. So a busy process makes a third of the calls, and an idle one waits for nothing."""


class SharedCall:
    """One call under way and one queued behind it, whoever asks: who asks now waits for one that is yet to be sent.

    Each who waits has a plain future: a shielded task costs several times as much, and this is on the way of every hit.
    """

    def __init__(self, call: Callable[[], Awaitable[None]]) -> None:
        self._call = call
        self._waiting: list[asyncio.Future[None]] | None = None
        """Those of the queued call; None while there is none."""
        self._running: asyncio.Task[None] | None = None

    def __call__(self) -> "asyncio.Future[None]":
        """Done when a call that was sent after this has come back; raises what it raised."""
        waiter = asyncio.get_running_loop().create_future()
        self.soon()
        assert self._waiting is not None
        self._waiting.append(waiter)
        return waiter

    def soon(self) -> None:
        """Have one sent, without waiting for it."""
        if self._waiting is None:
            self._waiting = []
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting is not None:
                # From here on it is sent: who comes later waits for another.
                waiting, self._waiting = self._waiting, None
                await self._sent_for(waiting)
                for _ in range(ROUNDS):
                    await asyncio.sleep(0)
        finally:
            self._running = None

    async def _sent_for(self, waiting: "list[asyncio.Future[None]]") -> None:
        failure: BaseException | None = None
        try:
            await self._call()
        except Exception as error:  # noqa: BLE001 - it is theirs who wait
            failure = error
        except asyncio.CancelledError:
            for waiter in waiting:
                waiter.cancel()
            raise
        for waiter in waiting:
            if waiter.done():
                continue  # he has gone
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)
