"""Mutations of tags, on a model."""

from collections.abc import Iterator
from typing import Any

from gql.relay.ids import decode_id
from tests.model.writes_rules import LIMITS, demand, needed, short, slug, slug_of, stop
from tests.model.writes_state import Answer, Person, Problem, Refused, State, Tag

Given = dict[str, Any]


def create_tag(state: State, me: Person, given: Given) -> Answer:
    demand(me, "AUTHOR")
    stop(_wrong({name: value for name, value in given.items() if (name, value) != ("slug", None)}))
    wanted = given.get("slug") or slug_of(given["name"])
    stop(_taken(state, None, given["name"], wanted))
    number = state.number()
    state.tags[number] = Tag(wanted, given["name"].strip(), given.get("description"))
    return Answer(values={"tag": number})


def update_tag(state: State, me: Person, given: Given) -> Answer:
    demand(me, "EDITOR")
    number = _found(state, given["id"], ("id",))
    tag = state.tags[number]
    stop(_wrong(given))
    stop(_taken(state, number, given.get("name", tag.name), given.get("slug", tag.slug)))
    tag.name = given.get("name", tag.name).strip()
    tag.slug = given.get("slug", tag.slug)
    tag.description = given.get("description", tag.description)
    return Answer(values={"tag": number})


def merge_tags(state: State, me: Person, given: Given) -> Answer:
    """A post that carries one of `from` carries `into` instead, at the first place of any of these."""
    demand(me, "EDITOR")
    problems = []
    merged, into = [_number(state, value) for value in given["from"]], _number(state, given["into"])
    for index, number in enumerate(merged):
        if number is None:
            problems.append(Problem("NOT_FOUND", ("from", index)))
        elif number == into:
            problems.append(Problem("INVALID", ("from", index)))
    if into is None:
        problems.append(Problem("NOT_FOUND", ("into",)))
    stop(problems)
    assert into is not None
    for post in state.posts.values():
        if into in post.tags:
            post.tags = [tag for tag in post.tags if tag not in merged]
        else:
            post.tags = list(dict.fromkeys(into if tag in merged else tag for tag in post.tags))
    for number in set(merged):
        del state.tags[number]  # type: ignore[arg-type] # none is None here
    return Answer(values={"tag": into})


def delete_tag(state: State, me: Person, given: Given) -> Answer:
    demand(me, "EDITOR")
    number = _found(state, given["id"], ("id",))
    gone = state.tags.pop(number)
    for post in state.posts.values():
        post.tags = [tag for tag in post.tags if tag != number]
    return Answer(values={"deleted": gone.id, "kind": "Tag"})


def tag_called(state: State, name: str) -> int | None:
    """The tag of this slug, or else of this name, whatever its case."""
    slugs = {tag.slug: number for number, tag in state.tags.items()}
    names = {tag.name.lower(): number for number, tag in state.tags.items()}
    return slugs.get(slug_of(name), names.get(name.strip().lower()))


def _wrong(given: Given) -> Iterator[Problem]:
    if "name" in given:
        yield from needed(given["name"], ("name",), LIMITS["name"])
        if given["name"] and given["name"].strip() and "slug" not in given and not slug_of(given["name"]):
            yield Problem("INVALID", ("name",))
    if "slug" in given:
        yield from slug(given["slug"])
    yield from short(given.get("description"), ("description",), LIMITS["description"])


def _taken(state: State, own: int | None, name: str, wanted: str) -> Iterator[Problem]:
    others = [tag for number, tag in state.tags.items() if number != own]
    if wanted in {tag.slug for tag in others}:
        yield Problem("TAKEN", ("slug",))
    if name.strip().lower() in {tag.name.lower() for tag in others}:
        yield Problem("TAKEN", ("name",))


def _number(state: State, value: str) -> int | None:
    row_id = decode_id(value)[1]
    return next((number for number, tag in state.tags.items() if tag.id == row_id), None)


def _found(state: State, value: str, path: tuple[str, ...]) -> int:
    number = _number(state, value)
    if number is None:
        raise Refused(Problem("NOT_FOUND", path))
    return number
