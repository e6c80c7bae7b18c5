"""Names for what a response depends on, and which of them a change touches.

Reads name what they depend on, from their arguments and the rows that they read; a change names what it touched, from
the row before and after it. A response is still true as long as nothing that it depends on was touched.

    post:42                        a row, whatever of it is shown
    post?slug=x                    the row that is found by it, or that there is none
    posts?author=7&status=DRAFT    which rows a list has
    posts?…&by=UPDATED_AT          … and in which order
    posts?author=*&status=DRAFT    any list of that kind
    post*                          any name that begins so, up to the first sign that is no letter: see `kind_of`
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, starmap
from typing import Any

from core.changes import Change

SEARCH = "search"
TITLES = "titles"
READABLE = "readable"
"""Whether posts may be read: touched when any post comes, goes, or changes its status."""
USERS, TAGS, LINKS = "users", "tags", "links"

PURGE = "purge"
"""No row, but somebody's wish: its `columns` are the tags, or none for everything."""
EVERYTHING = "*"

SORTS = {
    "published_at": "PUBLISHED_AT",
    "published_key": "PUBLISHED_AT",
    "updated_at": "UPDATED_AT",
    "created_at": "CREATED_AT",
    "title_key": "TITLE",
}
_SEARCHED = frozenset({"title", "summary", "body"})
_KIND = re.compile(r"[a-z]+")


def kind_of(tag: str) -> str:
    """The tag that is touched when any tag of the same kind may have been."""
    found = _KIND.match(tag)
    assert found is not None, tag
    return f"{found[0]}*"


def row(entity: str, ident: object) -> str:
    """A row, by its id."""
    return f"{entity}:{ident}"


def rows(entity: str, idents: Iterable[object]) -> Iterator[str]:
    """Several rows of one kind."""
    return map(f"{entity}:{{}}".format, idents)


def unique(entity: str, column: str, value: object) -> str:
    """A row, by another key; also where there is none."""
    return f"{entity}?{column}={value}"


def uniques(entity: str, column: str, values: Iterable[object]) -> Iterator[str]:
    """Several rows of one kind, by the same other key."""
    return map(f"{entity}?{column}={{}}".format, values)


def lazily(make: Callable[..., Iterable[str]], *args: object) -> Iterator[str]:
    """What `make` answers, not made before somebody wants it.

    A generator would do the same; but one that nobody begins costs more to throw away than most take to run.
    """
    return chain.from_iterable(starmap(make, (args,)))


def post_list(status: str, kind: str | None = None, list_id: object = "*") -> str:
    """The posts of a status: all of them, or those of an author or a tag, or of any of these."""
    return f"posts?status={status}" if kind is None else f"posts?{kind}={list_id}&status={status}"


def ordered(tag: str, field: str) -> str:
    """The order of a list."""
    return f"{tag}&by={field}"


def byline(user_id: object) -> str:
    """Which posts a user may see because he stands in their bylines."""
    return f"byline:{user_id}"


def touched(changes: Iterable[Change]) -> set[str]:
    """All that these changes touched."""
    return {tag for change in changes for tag in tags_of(change)}


def tags_of(change: Change) -> Iterator[str]:
    """What a change touched."""
    if change.entity == PURGE:
        yield from change.columns or (EVERYTHING,)
        return
    if change.id is None:
        yield from (f"{kind}*" for kind in _KINDS[change.entity])
        return
    cards = [card for card in (change.before, change.after) if card is not None]
    yield from _OF_ENTITY[change.entity](change, cards)


def _differs(change: Change, *names: str) -> bool:
    """Whether a row came, went, or changed in one of these."""
    return change.before is None or change.after is None or bool(change.columns & {*names})


Cards = list[Mapping[str, Any]]


def _post(change: Change, cards: Cards) -> Iterator[str]:
    yield row("post", change.id)
    yield from (unique("post", "slug", card["slug"]) for card in cards)
    yield from _listed(change, [(card["status"], post_list(card["status"])) for card in cards], "status")
    if _differs(change, "status", "author_id"):
        yield READABLE
    if _differs(change, "title"):
        yield TITLES
    if any(card["status"] == "PUBLISHED" for card in cards) and _differs(change, "status", *_SEARCHED):
        yield SEARCH


def _post_listing(change: Change, cards: Cards) -> Iterator[str]:
    lists = [(c["status"], post_list(c["status"], c["kind"], c["list_id"])) for c in cards]
    yield from _listed(change, lists, "status")
    yield from _listed(change, [(c["status"], post_list(c["status"], c["kind"])) for c in cards], "status")
    yield from (byline(card["list_id"]) for card in cards if card["kind"] == "author" and _differs(change, "status"))


def _listed(change: Change, lists: list[tuple[str, str]], membership: str) -> Iterator[str]:
    """The lists of which a row is a member, before and after: which they have, or only in which order."""
    tags = {tag for _, tag in lists}
    if _differs(change, membership):
        yield from tags
    else:
        fields = {SORTS[name] for name in change.columns if name in SORTS}
        yield from (ordered(tag, field) for tag in tags for field in fields)


def _user(change: Change, cards: Cards) -> Iterator[str]:
    yield row("user", change.id)
    yield from (unique("user", "username", card["username_key"]) for card in cards)
    if _differs(change, "username_key", "role"):
        yield USERS


def _tag(change: Change, cards: Cards) -> Iterator[str]:
    yield row("tag", change.id)
    yield from (unique("tag", "slug", card["slug"]) for card in cards)
    if _differs(change, "name_key"):
        yield TAGS


def _comment(change: Change, cards: Cards) -> Iterator[str]:
    yield row("comment", change.id)
    if _differs(change, "post_id", "parent_id", "created_at"):
        yield from (unique("comments", "post", card["post_id"]) for card in cards)
        yield from (unique("comments", "parent", card["parent_id"]) for card in cards if card["parent_id"])


def _revision(change: Change, cards: Cards) -> Iterator[str]:
    yield row("revision", change.id)
    yield from (unique("revisions", "post", card["post_id"]) for card in cards)


def _post_tag(change: Change, _cards: Cards) -> Iterator[str]:
    yield unique("links", "post", change.id)
    yield LINKS


def _post_coauthor(change: Change, _cards: Cards) -> Iterator[str]:
    yield unique("coauthors", "post", change.id)


def _nothing(_change: Change, _cards: Cards) -> Iterator[str]:
    yield from ()


_OF_ENTITY = {
    "post": _post,
    "post_listing": _post_listing,
    "user": _user,
    "tag": _tag,
    "comment": _comment,
    "revision": _revision,
    "post_tag": _post_tag,
    "post_coauthor": _post_coauthor,
    "session": _nothing,  # what shows sessions is never kept
}
_KINDS = {
    "post": ("post", "posts", "search", "titles", "readable"),
    "post_listing": ("posts", "byline"),
    "user": ("user", "users"),
    "tag": ("tag", "tags"),
    "comment": ("comment", "comments"),
    "revision": ("revision", "revisions"),
    "post_tag": ("links",),
    "post_coauthor": ("coauthors",),
    "session": (),
}
"""The kinds of tags that a change of each entity may touch."""
