"""All faults that are counted, and those that share a world."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from tests.faults import counted_of_redis, faults_of_postgres, faults_of_processes
from tests.faults.counted import Fault

FAULTS: Mapping[str, Fault] = faults_of_processes.FAULTS | faults_of_postgres.FAULTS | counted_of_redis.FAULTS

Place = tuple[str, int]
"""The plane of kept responses, and how many workers one server looks after; 0 for two servers."""


def place_of(title: str) -> Place:
    """The world that a fault is made in."""
    return FAULTS[title].plane, FAULTS[title].workers


def by_place() -> Iterator[tuple[Place, list[str]]]:
    """The titles of the faults of each world."""
    for place, titles in groupby(sorted(FAULTS, key=place_of), place_of):
        yield place, list(titles)
