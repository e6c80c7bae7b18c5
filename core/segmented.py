"""What is kept by a key: bounded, and hard to flood.

What is asked for once is on probation; what is asked for again is kept apart, and only others that were asked for
again push it out (a segmented LRU: Karedla, Love and Wherry, "Caching strategies to improve disk system performance",
1994). So a million different things pass through the probation without touching those that are really used.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

PROBATION = 0.2


class Sized(Protocol):
    """What can be kept: it has a size, which does not change."""

    @property
    def size(self) -> int: ...  # noqa: D102


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)


class _Segment(Generic[K, V]):
    def __init__(self, most: int, most_size: int) -> None:
        self.entries: OrderedDict[K, V] = OrderedDict()
        self.size = 0
        self._most = most
        self._most_size = most_size

    def add(self, key: K, value: V) -> list[tuple[K, V]]:
        """Put one in front; answers those that had to go."""
        self.entries[key] = value
        self.size += value.size
        gone = []
        while len(self.entries) > self._most or self.size > self._most_size:
            oldest, dropped = self.entries.popitem(last=False)
            self.size -= dropped.size
            gone.append((oldest, dropped))
        return gone

    def take(self, key: K) -> V | None:
        value = self.entries.pop(key, None)
        if value is not None:
            self.size -= value.size
        return value


class Segmented(Generic[K, V]):
    """At most so many entries, of at most so much size together; one larger than a fifth of that is not kept."""

    def __init__(self, most: int, most_size: int) -> None:
        few, few_size = max(1, int(most * PROBATION)), max(1, int(most_size * PROBATION))
        self._probation: _Segment[K, V] = _Segment(few, few_size)
        self._kept: _Segment[K, V] = _Segment(max(1, most - few), max(1, most_size - few_size))

    def __len__(self) -> int:
        return len(self._probation.entries) + len(self._kept.entries)

    def get(self, key: K) -> V | None:
        """What is kept by a key, if it is there."""
        value = self._kept.entries.get(key)
        if value is not None:
            self._kept.entries.move_to_end(key)
            return value
        value = self._probation.take(key)
        if value is not None:
            # What the kept ones push out gets another chance on probation.
            for gone, dropped in self._kept.add(key, value):
                self._probation.add(gone, dropped)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep something, unless there is something of this key already."""
        if key not in self._kept.entries and key not in self._probation.entries:
            self._probation.add(key, value)

    def clear(self) -> None:
        """Forget everything."""
        for segment in (self._probation, self._kept):
            segment.entries.clear()
            segment.size = 0
