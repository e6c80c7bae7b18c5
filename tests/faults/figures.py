"""What the reads and writes of a load were like: hits, latencies, errors, and which errors were to be expected."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from time import perf_counter

from tests.fixtures.budget import SLACK

RUN = 30
"""So many reads in a row of one process tell whether it has hits."""
LEAST_HITS = 8
HUNG_UP = "hung up"
UNAVAILABLE = "SERVICE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Read:
    """One read, of one server process; an attempt at a write is told in the same way."""

    server: int
    began: float
    ended: float
    hit: bool
    error: str | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(slots=True)
class Excuse:
    """A time in which some errors are to be expected, of one server or of all."""

    errors: frozenset[str]
    server: int | None
    began: float
    ended: float = inf

    def covers(self, read: Read) -> bool:
        return (
            read.error in self.errors
            and self.server in (None, read.server)
            and read.ended >= self.began
            and read.began <= self.ended
        )


@dataclass
class Figures:
    """Everything that was measured."""

    reads: list[Read] = field(default_factory=list)
    attempts: list[Read] = field(default_factory=list)
    """At writes."""
    writes: Counter[str] = field(default_factory=Counter)
    """How many were acknowledged, were in conflict, or have an unknown end."""
    faults: int = 0
    back: list[float] = field(default_factory=list)
    """Seconds until hits came back, after each fault."""
    notes: list[str] = field(default_factory=list)
    _excuses: list[Excuse] = field(default_factory=list)

    @contextmanager
    def excused(self, *errors: str, server: int | None = None, after: float = 0.0) -> Iterator[None]:
        """Expect these errors inside the block, and for some seconds after it."""
        excuse = Excuse(frozenset(errors), server, perf_counter())
        self._excuses.append(excuse)
        try:
            yield
        finally:
            excuse.ended = perf_counter() + after * SLACK

    def unexpected(self) -> list[Read]:
        """Reads that failed without excuse."""
        return [read for read in self.reads if not self.is_excused(read)]

    def is_excused(self, read: Read) -> bool:
        """Whether it did not fail, or was expected to."""
        return read.error is None or any(one.covers(read) for one in self._excuses)

    @property
    def hit_ratio(self) -> float:
        return sum(read.hit for read in self.reads) / max(1, len(self.reads))

    def slowest(self, share: float = 1.0) -> float:
        """The seconds of the slowest read; by a `share` less than one, of the slowest but for the rest."""
        seconds = sorted(read.seconds for read in self.reads) or [0.0]
        return seconds[min(len(seconds) - 1, int(share * len(seconds)))]

    def __str__(self) -> str:
        errors = Counter(f"{read.error}" for read in self.reads if read.error)
        parts = [
            f"{self.faults} faults",
            f"{len(self.reads)} reads ({self.hit_ratio:.0%} hits)",
            f"writes {dict(self.writes)}",
            f"slowest read {self.slowest():.2f} s (99 %: {self.slowest(0.99) * 1000:.0f} ms)",
        ]
        if errors:
            parts.append(f"errors {dict(errors)}")
        if self.back:
            parts.append(f"hits back after at most {max(self.back):.2f} s")
        return ", ".join([*parts, *self.notes])


def hits_are_back(reads: Iterable[Read], since: float, servers: int) -> float | None:
    """When each process had hits again after some moment; None while any of them has not."""
    last: dict[int, deque[bool]] = {server: deque(maxlen=RUN) for server in range(servers)}
    waiting = set(last)
    for read in reads:
        if read.began < since:
            continue
        run = last[read.server]
        run.append(read.hit)
        if read.server in waiting and len(run) == RUN and sum(run) >= LEAST_HITS:
            waiting.discard(read.server)
            if not waiting:
                return read.ended
    return None
