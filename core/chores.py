"""What goes on beside serving, until it is told to end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

AGAIN_AFTER = 1.0
"""Seconds after which a chore that has not ended is cancelled once more."""


def goes_on() -> bool:
    """Whether the chore that asks has not been cancelled yet, also where something took that for another failure."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()


@asynccontextmanager
async def beside(*chores: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run chores as long as the block runs, and wait for their ends after it; what they raise is theirs."""
    tasks = {asyncio.create_task(chore) for chore in chores}
    try:
        yield
    finally:
        await _ended(tasks)


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel them until all have ended; who is cancelled meanwhile waits all the same, for nobody else would."""
    cancelled: asyncio.CancelledError | None = None
    while tasks:
        for task in tasks:
            task.cancel()
        # Once is not enough: a client of the network may take a cancellation for a broken connection, and go on.
        try:
            done, tasks = await asyncio.wait(tasks, timeout=AGAIN_AFTER)
        except asyncio.CancelledError as error:
            cancelled = error
            continue
        for task in done:
            if not task.cancelled():
                task.exception()
    if cancelled is not None:
        raise cancelled
