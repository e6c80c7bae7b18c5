"""What subscribers are told of an event: executed once for all who asked the same and are told the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from core.viewer import Viewer

MOST_KEPT = 256
MOST_BYTES = 16_000_000
AT_ONCE = 8
"""Executions that run side by side: they must not take all connections to PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as JSON, and for whom it is: None is everybody."""

    text: bytes
    viewer: Viewer | None


Make = Callable[[], Awaitable[Result]]


class _Coming:
    """One execution, and all who wait for it. It goes on if one of them leaves."""

    def __init__(self, making: Awaitable[Result]) -> None:
        self.result: Result | None = None
        self._error: Exception | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._task = asyncio.ensure_future(self._run(making))

    async def wait(self) -> Result:
        if not self._task.done():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        if self._error is not None:
            raise self._error
        assert self.result is not None
        return self.result

    async def _run(self, making: Awaitable[Result]) -> None:
        try:
            self.result = await making
        except Exception as error:  # noqa: BLE001 - it is theirs who wait
            self._error = error
        except asyncio.CancelledError:
            self._error = RuntimeError("the process ends")
            raise
        finally:
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)


class Results:
    """Those of the last events."""

    def __init__(self) -> None:
        self._coming: OrderedDict[Hashable, _Coming] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.executions = 0

    async def of(self, event: Hashable, question: Hashable, viewer: Viewer, make: Make) -> bytes:
        """What a viewer who asks this is told of an event; raises what `make` raises."""
        for_all = await self._shared((event, question), make)
        if for_all.viewer in (None, viewer):
            return for_all.text
        # It was made for whoever asked first, and is not the same for all.
        return (await self._shared((event, question, viewer), make)).text

    async def _shared(self, key: Hashable, make: Make) -> Result:
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = _Coming(self._made(make))
            while len(self._coming) > MOST_KEPT or (self._bytes() > MOST_BYTES and len(self._coming) > 1):
                self._coming.popitem(last=False)
        return await coming.wait()

    def _bytes(self) -> int:
        return sum(len(one.result.text) for one in self._coming.values() if one.result is not None)

    async def _made(self, make: Make) -> Result:
        async with self._turns:
            self.executions += 1
            return await make()
