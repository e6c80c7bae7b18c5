"""How many may be served at once: a number that follows what those wait who are in.

What is judged is the wait for a turn, never the time that an answer takes: a heavy query takes long and holds nobody
up. Of the waits of a while the least counts, as in CoDel (RFC 8289, section 3.2): one long step makes one wait long, and
only a queue that stands makes all of them so. How far the limit goes down is the gradient of Netflix' concurrency-limits
(`GradientLimit`): by the ratio of what may be waited to what was, to a half at most. It goes up by its square root.
"""

from collections.abc import Callable
from math import inf, sqrt

LEAST = 16
"""So many are let in whatever they wait: fewer could leave the database or the processor idle."""
WINDOW = 0.5
"""Seconds of which the least wait counts."""
SAMPLES = 5
"""Looks that there must be in a window, however long it then is: a step that holds all up makes a single one."""
_STEEPEST = 0.5


class AdaptiveLimit:
    """Places, each taken with `take` and given back with `leave`."""

    def __init__(self, most: int, on_busy: Callable[[], None] | None = None) -> None:
        """Begin with all places.

        Args:
            most: places that there are at the most; there are never fewer than `LEAST`, where this is not less.
            on_busy: called when `LEAST` places are taken: from then on waits are to be told by `judge`.

        """
        self.most = most
        self.least = min(LEAST, most)
        self.limit = most
        """Places that there are."""
        self.in_flight = 0
        """Places that are taken; more than there are, for a while, after the limit went down."""
        self.shed = 0
        """How many were refused a place, ever."""
        self._exact = float(most)
        self._on_busy = on_busy
        self._wait, self._looks, self._peak, self._ends = inf, 0, 0, 0.0

    @property
    def is_full(self) -> bool:
        """Whether nobody is let in."""
        return self.in_flight >= self.limit

    @property
    def is_calm(self) -> bool:
        """Whether nothing need be watched: there are all places, and few are taken."""
        return self.limit == self.most and self.in_flight < self.least

    def take(self) -> bool:
        """Take a place, if there is one; who has none is counted as shed."""
        if self.in_flight >= self.limit:
            self.shed += 1
            return False
        self.in_flight += 1
        if self.in_flight > self._peak:  # noqa: PLR1730 - a call would cost more
            self._peak = self.in_flight
        if self.in_flight == self.least and self._on_busy is not None:
            self._on_busy()
        return True

    def leave(self) -> None:
        """Give a place back."""
        self.in_flight -= 1

    def judge(self, wait: float, target: float, now: float) -> None:
        """Hear of a wait, as often as one likes; every `WINDOW` the limit follows.

        Args:
            wait: seconds that somebody waited for his turn.
            target: seconds that it may be.
            now: seconds of any clock that never goes back.

        """
        self._wait = min(self._wait, wait)
        self._looks += 1
        if now < self._ends or self._looks < SAMPLES:
            return
        if self._wait > target:
            # Who was let in before the limit went down must leave before it is known whether that was enough.
            if self.in_flight <= self.limit:
                used = min(self._exact, self._peak)
                self._set(used * max(target / self._wait, _STEEPEST) + sqrt(used) / 2)
        elif self._peak * 2 < self._exact:
            self._set(self._exact * 2)  # nobody would notice the difference, until many come at once
        else:
            self._set(self._exact + sqrt(self._exact))
        self._restart(now)

    def _set(self, limit: float) -> None:
        self._exact = min(max(limit, self.least), self.most)
        self.limit = int(self._exact)

    def _restart(self, now: float) -> None:
        self._wait, self._looks, self._peak, self._ends = inf, 0, self.in_flight, now + WINDOW
