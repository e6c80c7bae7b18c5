"""Coroutines that go on side by side in one task: what `asyncio.gather` does, without a task for each.

A task costs as much as all that a batch does but ask PostgreSQL. What goes on here has no task of its own, though:
in it stands no `asyncio.timeout` and nothing else that asks for the current task once it has waited for something.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import copy_context
from typing import Any


class _Strand:
    """One coroutine, stepped each time when what it waits for has come."""

    __slots__ = ("context", "coroutine", "is_to_end", "knot", "waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, None], knot: "_Knot") -> None:
        self.context = copy_context()
        """Its own, as a task has."""
        self.coroutine = coroutine
        self.knot = knot
        self.waits_for: asyncio.Future[Any] | None = None
        self.is_to_end = False
        """Whether it was cancelled when it did not wait: what it waits for next is cancelled instead."""

    def cancel(self) -> None:
        """Cancel what it waits for, now or next."""
        self.is_to_end = self.waits_for is None or not self.waits_for.cancel()

    def step(self, _come: object = None) -> None:
        """Go on until it waits again, or ends; the coroutine itself takes the result of what it waited for."""
        self.waits_for = None
        try:
            waits_for = self.coroutine.send(None)
        except StopIteration:
            self.knot.ended(None)
        except BaseException as error:  # noqa: BLE001 - whoever waits for all of them gets it
            self.knot.ended(error)
        else:
            if waits_for is None:  # it lets others go first
                asyncio.get_running_loop().call_soon(self.step, context=self.context)
                return
            # As a task does: it says that somebody waits for the future indeed.
            waits_for._asyncio_future_blocking = False  # noqa: SLF001
            self.waits_for = waits_for
            waits_for.add_done_callback(self.step, context=self.context)
            if self.is_to_end:
                self.cancel()


class _Knot:
    """Where strands end."""

    __slots__ = ("all_ended", "error", "left")

    def __init__(self, number: int) -> None:
        self.left = number
        self.error: BaseException | None = None
        self.all_ended: asyncio.Future[None] | None = None

    def ended(self, error: BaseException | None) -> None:
        """One more has."""
        self.left -= 1
        self.error = self.error or error
        if not self.left and self.all_ended is not None and not self.all_ended.done():
            self.all_ended.set_result(None)


async def side_by_side(coroutines: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all of them until all have ended; raises what the first of them raised.

    Who is cancelled here cancels all of them, and waits until they have ended.
    """
    knot = _Knot(len(coroutines))
    strands = [_Strand(coroutine, knot) for coroutine in coroutines]
    for strand in strands:
        strand.context.run(strand.step)
    cancelled: asyncio.CancelledError | None = None
    while knot.left:
        knot.all_ended = asyncio.get_running_loop().create_future()
        try:
            await knot.all_ended
        except asyncio.CancelledError as error:
            cancelled = error
            for strand in strands:
                strand.cancel()
    if cancelled is not None:
        raise cancelled
    if knot.error is not None:
        raise knot.error
