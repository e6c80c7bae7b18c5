"""What happened, for those who subscribe: made of the changes that a transaction stated, whoever wrote them.

Of a transaction there is one event for each post that it touched, whatever statements it took: what became of the post
between its beginning and its end. A statement that touched so many rows that their changes were not stated one by one
is a gap: nobody can say what exactly happened.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from core.changes import Change
from core.viewer import Viewer

POST_KINDS = ("PUBLISHED", "UPDATED", "UNPUBLISHED", "DELETED")
POSTS_GAP, COMMENTS_GAP = "POSTS_GAP", "COMMENTS_GAP"
COMMENT_ADDED, ROLE_CHANGED, SESSION_ENDED = "COMMENT_ADDED", "ROLE_CHANGED", "SESSION_ENDED"

EVERYTHING = (POSTS_GAP, COMMENTS_GAP, ROLE_CHANGED, SESSION_ENDED)
"""What is told, of no row, where nobody knows what happened."""

ENTITIES = ("post", "post_tag", "post_coauthor", "comment", "user", "session")
"""Whose changes become events."""


@dataclass(slots=True)
class Event:
    """One thing that happened. `position` counts all of them without a hole; it is 0 until the event has its place.

    `is_public` says that everybody may know of it, though not what the post says now; None, before the event has its
    place: it is as with the post. Of posts `author_ids` are those
    in the byline, and `tags` the slugs, when the event got its place. An event about a user or a session with no id
    means any of them.
    """

    xid: int
    at: datetime
    kind: str
    post_id: int | None = None
    comment_id: int | None = None
    user_id: int | None = None
    session_id: int | None = None
    role: str | None = None
    is_public: bool | None = True
    author_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    position: int = 0

    def may_be_told(self, viewer: Viewer) -> bool:
        """Whether the viewer may know that it happened."""
        return (
            bool(self.is_public)
            or viewer.has("EDITOR")
            or (viewer.user_id is not None and viewer.user_id in self.author_ids)
        )

    def values(self) -> tuple[Any, ...]:
        """All of it, in the order of `FIELDS`."""
        return tuple(getattr(self, name) for name in FIELDS)

    def encoded(self) -> bytes:
        """As bytes, for another process."""
        return orjson.dumps(self.values())


FIELDS = (
    *("xid", "at", "kind", "post_id", "comment_id", "user_id", "session_id", "role"),
    *("is_public", "author_ids", "tags", "position"),
)


def event_of(values: Iterable[Any]) -> Event:
    """An event from its values."""
    return Event(*values)


def decoded(text: bytes) -> Event:
    """An event from its bytes; raises ValueError, TypeError or LookupError where it is none."""
    values = orjson.loads(text)
    values[1] = datetime.fromisoformat(values[1])
    return Event(*values)


@dataclass(frozen=True, slots=True)
class Stated:
    """A change, and the transaction that made it."""

    xid: int
    at: datetime
    change: Change


@dataclass(slots=True)
class _Post:
    """What a transaction did to a post: the status before and after, None where it is not there."""

    before: str | None = None
    after: str | None = None
    is_known: bool = False
    is_changed: bool = False
    authors: set[int] = field(default_factory=set)


def events_of(stated: Iterable[Stated]) -> list[Event]:
    """The events of changes, which come in the order of their ids; transactions in the order of their first change."""
    transactions: dict[int, list[Stated]] = {}
    for one in stated:
        transactions.setdefault(one.xid, []).append(one)
    return [event for changes in transactions.values() for event in _of_transaction(changes)]


def _of_transaction(stated: list[Stated]) -> Iterator[Event]:
    xid, at = stated[0].xid, stated[0].at
    posts: dict[int, _Post] = {}
    for one in stated:
        change = one.change
        if change.id is None:
            yield from _of_many(change, xid, at)
        elif change.entity in ("post", "post_tag", "post_coauthor"):
            _note(posts.setdefault(change.id, _Post()), change)
    for post_id, post in posts.items():
        kind = _kind(post)
        if kind is not None:
            public = "PUBLISHED" in (post.before, post.after) if post.is_known else None
            yield Event(xid, at, kind, post_id, is_public=public, author_ids=sorted(post.authors))
    for one in stated:
        if one.change.id is not None:
            yield from _of_row(one.change, xid, at)


def _of_many(change: Change, xid: int, at: datetime) -> Iterator[Event]:
    if change.entity == "post":
        yield Event(xid, at, POSTS_GAP)
    elif change.entity == "comment" and change.kind == "INSERT":
        yield Event(xid, at, COMMENTS_GAP)
    elif change.entity == "user" and change.kind == "UPDATE":
        yield Event(xid, at, ROLE_CHANGED)
    elif change.entity == "session" and change.kind != "INSERT":
        yield Event(xid, at, SESSION_ENDED)


def _note(post: _Post, change: Change) -> None:
    before, after = change.before or {}, change.after or {}
    if change.entity == "post_coauthor":
        post.authors.update(card["user_id"] for card in (before, after) if card)
        post.is_changed = True
        return
    if change.entity == "post_tag":
        post.is_changed = True
        return
    if not post.is_known:
        post.before, post.is_known = before.get("status"), True
    post.after = after.get("status")
    post.is_changed = True
    post.authors.update(card["author_id"] for card in (before, after) if card)


def _kind(post: _Post) -> str | None:
    if not post.is_known:
        return "UPDATED" if post.is_changed else None
    if post.after is None:
        return None if post.before is None else "DELETED"
    if post.before != post.after and "PUBLISHED" in (post.before, post.after):
        return "PUBLISHED" if post.after == "PUBLISHED" else "UNPUBLISHED"
    return None if post.before is None else "UPDATED"


def _of_row(change: Change, xid: int, at: datetime) -> Iterator[Event]:
    before, after = change.before or {}, change.after or {}
    if change.entity == "comment" and change.kind == "INSERT" and after["status"] == "VISIBLE":
        yield Event(xid, at, COMMENT_ADDED, after["post_id"], change.id)
    elif change.entity == "user" and "role" in change.columns:
        yield Event(xid, at, ROLE_CHANGED, user_id=change.id, role=after["role"])
    elif change.entity == "session" and (change.kind == "DELETE" or after.get("revoked_at") is not None):
        yield Event(xid, at, SESSION_ENDED, user_id=(after or before)["user_id"], session_id=change.id)


@dataclass(frozen=True, slots=True)
class PostNow:
    """A post when its events get their places."""

    status: str
    author_ids: list[int]
    tags: list[str]


def with_posts(events: Iterable[Event], posts: Mapping[int, PostNow]) -> Iterator[Event]:
    """Events that know of their posts; those that nobody can be told any more are left out."""
    for event in events:
        now = None if event.post_id is None else posts.get(event.post_id)
        if now is not None:
            event.author_ids = sorted({*event.author_ids, *now.author_ids})
            event.tags = now.tags
        if event.kind == COMMENT_ADDED:
            if now is None:
                continue
            event.is_public = now.status == "PUBLISHED"
        elif event.is_public is None:
            # Only of its tags or its byline anything was stated.
            event.is_public = now is not None and now.status == "PUBLISHED"
        yield event
