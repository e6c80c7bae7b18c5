"""Chance that can be repeated."""

from random import Random


class Dice(Random):
    """Random choices that follow from a seed and a name, so that one table's rows depend on no other's number."""

    def __init__(self, seed: int, name: str) -> None:
        super().__init__(f"{seed}/{name}")

    def chance(self, percent: float) -> bool:
        """Whether something happens that happens so often."""
        return self.random() * 100 < percent
