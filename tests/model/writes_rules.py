"""What a text, an address or a list may be, and the slug that a name gives; for the few letters that the tests use."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.model.writes_state import Person, Problem, Refused

Path = tuple[str | int, ...]
LIMITS = {"title": 300, "summary": 2_000, "name": 100, "description": 2_000, "comment": 10_000}


def stop(problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise Refused(*found)


def demand(me: Person, role: str, *path: str | int) -> None:
    if not me.has(role):
        raise Refused(Problem("FORBIDDEN", path, {"requiredRole": role}))


def slug_of(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def needed(value: str | None, path: Path, limit: int) -> Iterator[Problem]:
    if value is None or not value.strip():
        yield Problem("REQUIRED", path)
    else:
        yield from short(value, path, limit)


def short(value: str | None, path: Path, limit: int) -> Iterator[Problem]:
    if value is not None and len(value) > limit:
        yield Problem("TOO_LONG", path, {"limit": limit})


def slug(value: str | None, path: Path = ("slug",)) -> Iterator[Problem]:
    if value is None:
        yield Problem("REQUIRED", path)
    elif not re.fullmatch("[a-z0-9][a-z0-9-]{0,119}", value):
        yield Problem("INVALID", path)


def address(value: str | None) -> Iterator[Problem]:
    if value is not None and not value.startswith(("https://", "http://")):
        yield Problem("INVALID", ("canonicalUrl",))


def tag_names(names: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        yield from needed(name, ("tags", index), LIMITS["name"])
        if name.strip() and not slug_of(name):
            yield Problem("INVALID", ("tags", index))


def post_texts(given: dict[str, Any]) -> Iterator[Problem]:
    """Of what is given of a post; null clears, where that can be."""
    if "title" in given:
        yield from needed(given["title"], ("title",), LIMITS["title"])
    yield from short(given.get("summary"), ("summary",), LIMITS["summary"])
    if "body" in given and given["body"] is None:
        yield Problem("REQUIRED", ("body",))
    yield from address(given.get("canonicalUrl"))
    yield from tag_names(given.get("tags") or [])


def free(wanted: str, taken: Iterable[str]) -> str:
    """The slug itself, or with the least number that makes it free."""
    held, number, found = set(taken), 1, wanted
    while found in held:
        number += 1
        found = f"{wanted}-{number}"
    return found
