"""Arguments and input fields that a client may leave out."""

from typing import Any, TypeVar, cast

import strawberry

T = TypeVar("T")

ABSENT: Any = strawberry.UNSET
"""The default of what may be left out; unlike None, the schema shows no default for it."""


def is_given(value: object) -> bool:
    """Whether it was given, be it as null: for writes, where null clears and absence leaves as it is."""
    return value is not strawberry.UNSET


def given(value: T | None) -> T | None:
    """What was given, and None for what was left out: for reads, where both mean the same."""
    return None if cast("object", value) is strawberry.UNSET else value
