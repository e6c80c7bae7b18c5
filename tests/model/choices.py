"""Choices, all made of one: a number below another. Hypothesis makes it, and can make it smaller again."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

MOST = 800
"""After so many choices only the simplest are made."""


class Choices:
    """Chooses, by `below(n)`: any of 0 to n - 1, of which the smaller are the simpler."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def chance(self, of: int) -> bool:
        """Once in so many times; no is simpler."""
        return self.below(of) == of - 1

    def pick(self, values: Sequence[T]) -> T:
        """One of them; the first is simplest."""
        return values[self.below(len(values))]

    def some(self, values: Sequence[T], most: int) -> list[T]:
        """So many of them at most, perhaps the same again."""
        return [self.pick(values) for _ in range(self.below(most + 1))] if values else []

    def different(self, values: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` of them, none twice."""
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in range(least + self.below(most - least + 1))]


def made_by(make: Callable[[Choices], T]) -> SearchStrategy[T]:
    """What is made by choices: bytes, which cost Hypothesis one draw for all, and which it makes smaller one by one."""
    chosen = st.binary(min_size=MOST, max_size=MOST)
    return st.composite(lambda draw: make(Choices(_stream(draw(chosen)))))()


def _stream(made: bytes) -> Callable[[int], int]:
    left = iter(made)
    return lambda n: next(left, 0) % n
