"""A history of revisions: no read shows less than what was acknowledged, or seen by anybody, before it began.

Each key has revisions that only grow. A writer says what it attempts and what was acknowledged; a reader says when it
began and, at its end, what it was shown. An attempt whose end nobody knows may come to be or not; once seen, it stays.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

MOST_TOLD = 10


@dataclass(slots=True)
class _Key:
    """Revisions that were known, each newer than the one before, and since when."""

    grace: float
    toggled: bool
    attempted: int
    revisions: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def know(self, revision: int, now: float) -> None:
        if not self.revisions or revision > self.revisions[-1]:
            self.revisions.append(revision)
            self.times.append(now)

    def lag(self, revision: int, began: float) -> float:
        """For how long something newer had been known when a read began that was shown this."""
        place = bisect_right(self.revisions, revision)
        return max(0.0, began - self.times[place]) if place < len(self.revisions) else 0.0

    def floor(self, began: float) -> int:
        """The newest revision that was known before that."""
        place = bisect_right(self.times, began)
        return self.revisions[place - 1] if place else 0


class History:
    """What was written and read so far, and which reads were wrong."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self.violations = 0
        self.told: list[str] = []
        """The first violations, in words."""
        self.first_at: float | None = None
        self.worst_lag: dict[str, float] = {}
        """By how many seconds the most belated read of each key was behind, where any was."""

    def start(self, key: str, revision: int, *, grace: float = 0.0, toggled: bool = False) -> None:
        """Begin with a revision that everybody knows.

        `grace` is how long a read may still show the revision before. A key that is `toggled` is shown at its odd
        revisions and hidden at its even ones.
        """
        self._keys[key] = found = _Key(grace, toggled, revision)
        found.know(revision, self._clock())

    def attempt(self, key: str, revision: int) -> None:
        """Somebody is about to write this."""
        found = self._keys[key]
        found.attempted = max(found.attempted, revision)

    def attempt_more(self, key: str) -> None:
        """Somebody is about to add one to a count."""
        self._keys[key].attempted += 1

    def acknowledge(self, key: str, revision: int) -> None:
        """Somebody was told that this was written, or that it is so now."""
        self._keys[key].know(revision, self._clock())

    def newest(self, key: str) -> int:
        """What is known."""
        return self._keys[key].revisions[-1]

    def begin(self) -> float:
        """A read begins; hand this to `end`."""
        return self._clock()

    def end(self, began: float, shown: Mapping[str, int | None], who: str) -> None:
        """A read has ended, and showed these revisions; None for a key that was not there."""
        now = self._clock()
        for key, revision in shown.items():
            found = self._keys[key]
            wrong, seen = _judged(found, revision, began)
            if seen is not None:
                lag = found.lag(seen, began)
                if lag:
                    self.worst_lag[key] = max(self.worst_lag.get(key, 0.0), lag)
                if lag > found.grace:
                    wrong = f"older than {found.floor(began - found.grace)}, known for {lag * 1000:.1f} ms"
            if wrong:
                self.violate(f"{who}: {key} at {revision}: {wrong}")
            elif revision is not None:
                found.know(revision, now)
            elif found.grace == 0:
                # Hidden, so at an even revision that is no older than what was known.
                floor = found.floor(began)
                found.know(floor + floor % 2, now)

    def violate(self, what: str) -> None:
        """Something was wrong."""
        self.violations += 1
        if self.first_at is None:
            self.first_at = self._clock()
        if len(self.told) < MOST_TOLD:
            self.told.append(what)


def _judged(key: _Key, revision: int | None, began: float) -> tuple[str, int | None]:
    """What is wrong with a revision by itself, and the newest one that a read may have seen that showed it."""
    if revision is None:
        if not key.toggled:
            return f"missing, though {key.floor(began)} was known", None
        return "", key.attempted - key.attempted % 2
    if revision > key.attempted:
        return f"nobody wrote it; {key.attempted} was the last", None
    if key.toggled and revision % 2 == 0:
        return "shown while it was hidden", None
    return "", revision
