"""Round numbers for an axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places between 0 and 1."""

    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands between the first tick and the last."""
        low, high, at = (self._measure(one) for one in (self.ticks[0], self.ticks[-1], value))
        return (at - low) / (high - low)

    def _measure(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value


def linear(values: Sequence[float], ticks: int = 5) -> Scale:
    """From zero to beyond the greatest, in steps of 1, 2 or 5."""
    most = max((*values, 0)) or 1
    power = 10 ** math.floor(math.log10(most / ticks))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * ticks >= most)
    return Scale(tuple(step * number for number in range(math.ceil(round(most / step, 6)) + 1)))


def powers(values: Sequence[float]) -> Scale:
    """Powers of ten around all values, which must be greater than zero."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return Scale(tuple(10.0**exponent for exponent in range(low, max(high, low + 1) + 1)), logarithmic=True)


def at(values: Sequence[float]) -> Scale:
    """The values themselves, spread by their logarithms."""
    ticks = tuple(sorted(set(values)))
    return Scale(ticks if len(ticks) > 1 else (ticks[0], ticks[0] * 10), logarithmic=True)
