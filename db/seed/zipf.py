"""Few of many get nearly everything: the law by which authors, tags and discussions are chosen."""

from bisect import bisect
from itertools import accumulate

from db.seed.dice import Dice


class Zipf:
    """Picks an index below `size`, the one at rank r with a weight of 1 / r ** `exponent` (Zipf's law).

    Ranks are dealt out at random, so that it is not the first who is the greatest, unless `ranked`.
    """

    def __init__(self, rng: Dice, size: int, exponent: float = 1.0, *, ranked: bool = False) -> None:
        self._rng = rng
        self._sums = list(accumulate(rank**-exponent for rank in range(1, size + 1)))
        self._order = list(range(size))
        if not ranked:
            rng.shuffle(self._order)

    def pick(self) -> int:
        """One index."""
        sums = self._sums
        return self._order[bisect(sums, self._rng.random() * sums[-1], 0, len(sums) - 1)]

    def pick_several(self, number: int) -> tuple[int, ...]:
        """`number` different indexes, which must be well below the size."""
        found: dict[int, None] = {}
        while len(found) < number:
            found[self.pick()] = None
        return tuple(found)
