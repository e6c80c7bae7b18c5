"""Attributes that are made when they are first used."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Once(Generic[T]):
    """An attribute that a function of its object makes, once for each object.

    As `functools.cached_property`, without the lock that this takes for all objects together before Python 3.12.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        # Found there from now on, before anybody asks here.
        value = instance.__dict__[self._name] = self._make(instance)
        return value


def once(make: Callable[[Any], T]) -> Once[T]:
    """Make the method an attribute that is made when it is first used."""
    return Once(make)
