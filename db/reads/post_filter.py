"""The conditions of lists of posts."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    true,
)

from db import depends
from db.models import Post, PostListing, PostTag, Tag, User
from db.statements import is_one_of, texts

GRAM = 3
"""Substrings of at least this many characters are found by an index; shorter ones along the walk."""

_NEVER: ColumnElement[datetime] = literal_column("'infinity'::timestamptz")
_COMPARE = {"gte": "__ge__", "gt": "__gt__", "lte": "__le__", "lt": "__lt__"}


class PostFilter(NamedTuple):
    """All conditions hold together; None stands for no condition. `statuses` is decided by `rights`.

    Slugs are named once each, and `tags_all` names at least one.
    """

    statuses: frozenset[str] | None = None
    author: int | None = None
    author_username: str | None = None
    tags_any: tuple[str, ...] | None = None
    tags_all: tuple[str, ...] | None = None
    published_gte: datetime | None = None
    published_gt: datetime | None = None
    published_lte: datetime | None = None
    published_lt: datetime | None = None
    title_contains: str | None = None

    def values(self) -> dict[str, Any]:
        """The values that the conditions take, under `where_…`."""
        conditions = _CONDITIONS_OF(self)
        if conditions == _NO_CONDITIONS:
            return {}
        values = {f"where_{name}": value for name, value in zip(_CONDITIONS, conditions, strict=True)}
        values["where_first_tag"] = self.tags_all[0] if self.tags_all else None
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not None}

    @property
    def shape(self) -> "FilterShape":
        """What of this changes the text of the statement."""
        conditions = _CONDITIONS_OF(self)
        if conditions == _NO_CONDITIONS:
            return _NO_SHAPE
        return FilterShape(
            frozenset(name for name, value in zip(_CONDITIONS, conditions, strict=True) if value is not None),
            one_tag=self.tags_any is not None and len(set(self.tags_any)) == 1,
            grams=self.title_contains is not None and len(self.title_contains) >= GRAM,
        )

    def depends_on(self, statuses: Iterable[str], field: str) -> Iterator[str]:
        """What the posts that fulfil it depend on, in a list of these statuses by this field: see `db.depends`."""
        for status in statuses:
            lists = [depends.post_list(status)] if self.published_range else []
            if self.author is not None:
                lists.append(depends.post_list(status, "author", self.author))
            if self.author_username is not None:
                lists.append(depends.post_list(status, "author"))
            if self.tags_any is not None or self.tags_all is not None:
                lists.append(depends.post_list(status, "tag"))
            yield from lists
            yield from (depends.ordered(tag, one) for tag in lists for one in {field, "PUBLISHED_AT"})
        if self.author_username is not None:
            yield depends.unique("user", "username", self.author_username.lower())
        for slug in (*(self.tags_any or ()), *(self.tags_all or ())):
            yield depends.unique("tag", "slug", slug)
        if self.title_contains is not None:
            yield depends.TITLES

    @property
    def published_range(self) -> bool:
        """Whether it asks for a span of time."""
        return any((self.published_gte, self.published_gt, self.published_lte, self.published_lt))

    @property
    def is_impossible(self) -> bool:
        """Whether no post can fulfil it, so that nothing need be asked."""
        return self.tags_any == () or self.statuses == frozenset()


_CONDITIONS = tuple(name for name in PostFilter._fields if name != "statuses")
_CONDITIONS_OF = attrgetter(*_CONDITIONS)
_NO_CONDITIONS = (None,) * len(_CONDITIONS)


class FilterShape(NamedTuple):
    """What of a filter changes the text of its statement."""

    names: frozenset[str] = frozenset()
    one_tag: bool = False
    grams: bool = False

    def conditions(
        self, table: FromClause, post_id: ColumnElement[int], done: str | None
    ) -> Iterator[ColumnElement[bool]]:
        """The conditions on rows of `table`, a list or the posts themselves, but for `done`, that the walk fulfils."""
        for name in sorted(self.names - {done}):
            if name.startswith("published_"):
                yield from _published(table, name.removeprefix("published_"))
            elif name == "title_contains":
                yield self._title(table, post_id)
            elif name == "tags_any":
                yield _listed("tag", post_id, func.any(func.array(tag_ids("where_tags_any").scalar_subquery())))
            elif name == "tags_all":
                yield _carries_all(post_id)
            else:
                yield _listed("author", post_id, author_id(name))

    def _title(self, table: FromClause, post_id: ColumnElement[int]) -> ColumnElement[bool]:
        posts = table if "title" in table.c else Post.__table__.alias("titled")
        needle = bindparam("where_title_contains", type_=Text)
        found = func.strpos(func.lower(posts.c.title), func.lower(needle)) > 0
        if self.grams:
            found &= func.title_grams(posts.c.title).op("@>")(func.title_grams(needle))
        return found if posts is table else exists().where(posts.c.id == post_id, found)


_NO_SHAPE = FilterShape()


def author_id(name: str) -> ColumnElement[int]:
    """The author that the filter names, by id or by username."""
    if name == "author":
        return bindparam("where_author", type_=BigInteger)
    key = func.lower(bindparam("where_author_username", type_=Text))
    return select(User.id).where(User.username_key == key).scalar_subquery()


def tag_ids(name: str) -> Select[int]:
    """The tags that the filter names, by their slugs."""
    return select(Tag.id).where(is_one_of(Tag.slug, texts(name)))


def _published(table: FromClause, comparison: str) -> Iterator[ColumnElement[bool]]:
    column = table.c.published_key
    value = bindparam(f"where_published_{comparison}", type_=DateTime(timezone=True))
    yield getattr(column, _COMPARE[comparison])(value)
    if comparison.startswith("g"):
        yield column < _NEVER


def _listed(kind: str, post_id: ColumnElement[int], which: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a post is in a further list: a probe by key for each row of the walk.

    As a value and not as EXISTS, which the planner may turn into a join: that reads the whole of both lists.
    """
    listing = PostListing.__table__.alias()
    is_there = select(true()).where(
        listing.c.kind == literal_column(f"'{kind}'"), listing.c.list_id == which, listing.c.post_id == post_id
    )
    return is_there.limit(literal_column("1")).scalar_subquery().is_not(None)


def _carries_all(post_id: ColumnElement[int]) -> ColumnElement[bool]:
    slugs, links = texts("where_tags_all"), PostTag.__table__.alias()
    wanted = func.array(tag_ids("where_tags_all").scalar_subquery())
    carried = select(func.count()).where(links.c.post_id == post_id, is_one_of(links.c.tag_id, wanted))
    return carried.scalar_subquery() == func.cardinality(slugs, type_=Integer)
