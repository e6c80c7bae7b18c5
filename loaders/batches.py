"""Keys that leave together, and their values when these have come."""

import asyncio
from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batch(Generic[K, V]):
    """Keys, each once, and whoever waits for their values."""

    # Most of it stays as it is in most batches: to set it in each would take longer than all else that one does.
    cleared: frozenset[K] = frozenset()
    """Keys that were forgotten before they came."""
    _futures: list[tuple[K, asyncio.Future[V]]] | tuple[()] = ()
    _values: dict[K, V] | None = None
    _error: BaseException | None = None
    _answered: asyncio.Future[None] | None = None

    def __init__(self, keys: dict[K, None]) -> None:
        self.keys = keys

    def add(self, key: K) -> asyncio.Future[V]:
        """Ask for one key; its future is answered with the batch."""
        self.keys[key] = None
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        if not self._futures:
            self._futures = []
        self._futures.append((key, future))
        return future

    def clear(self, key: K) -> None:
        """Forget a key."""
        self.cleared |= {key}

    def has(self, key: K) -> bool:
        """Whether another batch may wait for this key here."""
        return key in self.keys and key not in self.cleared

    def answers(self, keys: Collection[K]) -> list[V]:
        """The values of keys that were asked for; raises what the fetch raised. Only after the batch was answered."""
        if self._error is not None:
            raise self._error
        assert self._values is not None, "the batch has not left"
        return list(map(self._values.__getitem__, keys))

    async def answered(self) -> None:
        """Wait until there are answers."""
        if self._values is None and self._error is None:
            if self._answered is None:
                self._answered = asyncio.get_running_loop().create_future()
            # It is for all who wait: nobody may cancel it.
            await asyncio.shield(self._answered)

    def succeed(self, values: dict[K, V]) -> None:
        """Answer everybody."""
        self._values = values
        for key, future in self._futures:
            if not future.done():
                future.set_result(values[key])
        self._tell()

    def fail(self, error: Exception) -> None:
        """Tell everybody what went wrong."""
        self._error = error
        for _, future in self._futures:
            if not future.done():
                future.set_exception(error)
                # Read once here, so that nothing complains where the asker is gone.
                future.exception()
        self._tell()

    def cancel(self) -> None:
        """Nobody will be answered."""
        self._error = asyncio.CancelledError()
        for _, future in self._futures:
            future.cancel()
        if self._answered is not None:
            self._answered.cancel()

    def _tell(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
