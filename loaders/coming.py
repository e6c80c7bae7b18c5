"""Keys whose values are on their way, for whoever waits for them."""

import asyncio
from collections.abc import Collection, Hashable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Coming(Generic[K, V]):
    """Keys on their way, and other batches that wait for some of them."""

    __slots__ = ("_fetched", "cleared", "keys")

    def __init__(self, keys: Collection[K]) -> None:
        self.keys = keys
        self.cleared: frozenset[K] = frozenset()
        """Those that were forgotten before they came."""
        self._fetched: asyncio.Future[dict[K, V]] | None = None

    def clear(self, key: K) -> None:
        """Forget a key."""
        self.cleared |= {key}

    def has(self, key: K) -> bool:
        """Whether somebody may wait for this key here."""
        return key in self.keys and key not in self.cleared

    def fetched(self) -> "asyncio.Future[dict[K, V]]":
        """Will have the values of all keys; it is for all who wait, so that nobody may cancel it."""
        if self._fetched is None:
            self._fetched = asyncio.get_running_loop().create_future()
        return self._fetched

    def succeed(self, values: dict[K, V]) -> None:
        """Answer those who wait."""
        if self._fetched is not None:
            self._fetched.set_result(values)

    def fail(self, error: Exception) -> None:
        """Tell those who wait what went wrong."""
        if self._fetched is not None:
            fail_all([self._fetched], error)

    def cancel(self) -> None:
        """Those who wait will not be answered."""
        if self._fetched is not None:
            self._fetched.cancel()


def fail_all(futures: Iterable["asyncio.Future[V]"], error: Exception) -> None:
    """Tell everybody who has not gone."""
    for future in futures:
        if not future.done():
            future.set_exception(error)
            # Read once here, so that nothing complains where the asker is gone.
            future.exception()
