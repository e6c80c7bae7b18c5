"""What a loader fetches from, in tests of loaders."""

import asyncio
from collections.abc import Sequence

from loaders.dispatch import Loader, Scheduler


class Source:
    """Answers each key by its tenfold, and remembers the batches; can be made to wait, or to fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.failures: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.loader: Loader[int, int] = Loader("numbers", self.fetch, Scheduler())

    async def fetch(self, keys: list[int]) -> Sequence[int]:
        self.batches.append(list(keys))
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        return [key * 10 for key in keys]


async def rounds(number: int) -> None:
    """Let the event loop go round so many times."""
    for _ in range(number):
        await asyncio.sleep(0)
