"""Values with marks in them, and what makes the same values with something else in the places of the marks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import Enum
from operator import itemgetter
from types import NoneType
from typing import Any

import strawberry
from strawberry.types import has_object_definition

Maker = Callable[[Mapping[str, Any]], Any]
"""Takes what comes into the places of the marks, by their names."""


class Mark:
    """Stands for a value that is not known yet. Nothing can be done to it but to hand it on."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class UnknownKindError(Exception):
    """A value is of a kind that is not known here, or not all marks stand in it."""


def maker_of(value: Any, *, marks: Sequence[str]) -> Maker:
    """What makes such a value, in which there are just these marks, each as often as it is named.

    What holds no mark is not made anew. A value is a plain one, or made of lists, dicts and objects of Strawberry's
    input types.

    Raises:
        UnknownKindError: it is another, or has not these marks.

    """
    found: list[str] = []
    make = _maker(value, found)
    if sorted(found) != sorted(marks):
        raise UnknownKindError
    return (lambda _: value) if make is None else make


def _maker(value: Any, marks: list[str]) -> Maker | None:
    """What makes a value; None where it is always the same one."""
    if isinstance(value, Mark):
        marks.append(value.name)
        return itemgetter(value.name)
    if isinstance(value, _PLAIN):
        return None
    if type(value) is list:
        return _list([_maker(item, marks) for item in value], value)
    if type(value) is dict:
        return _named(dict, value, marks)
    if has_object_definition(type(value)) and all(field.init for field in fields(value)):
        return _named(type(value), {field.name: getattr(value, field.name) for field in fields(value)}, marks)
    raise UnknownKindError


_PLAIN = (str, bool, int, float, NoneType, datetime, Enum, type(strawberry.UNSET))


def _list(makers: Sequence[Maker | None], items: list[Any]) -> Maker | None:
    if not any(makers):
        return None
    pairs = list(zip(makers, items, strict=True))
    return lambda given: [item if make is None else make(given) for make, item in pairs]


def _named(make: Callable[..., Any], parts: Mapping[str, Any], marks: list[str]) -> Maker | None:
    """What calls `make` with the parts by their names."""
    makers = {name: _maker(part, marks) for name, part in parts.items()}
    changing = [(name, one) for name, one in makers.items() if one is not None]
    if not changing:
        return None
    return lambda given: make(**{**parts, **{name: one(given) for name, one in changing}})
