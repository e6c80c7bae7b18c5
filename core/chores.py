"""What goes on beside serving, until it is told to end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

AGAIN_AFTER = 1.0
"""Seconds after which a chore that has not ended is cancelled once more."""


@asynccontextmanager
async def beside(*chores: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run chores as long as the block runs, and wait for their ends after it; what they raise is theirs."""
    tasks = {asyncio.create_task(chore) for chore in chores}
    try:
        yield
    finally:
        while tasks:
            for task in tasks:
                task.cancel()
            # Once is not enough: a client of the network may take a cancellation for a broken connection, and go on.
            done, tasks = await asyncio.wait(tasks, timeout=AGAIN_AFTER)
            for task in done:
                if not task.cancelled():
                    task.exception()
