"""What a viewer may see and do: the only place that decides it, for rows, lists, counts, relations and writes alike.

    everybody             published posts, and what hangs from them
    whoever wrote it      a post in whose byline he stands, whatever its status
    AUTHOR                writes to the posts in whose byline he stands, and reads their revisions
    EDITOR and above      all posts, all revisions, the texts of hidden comments

What one may not see looks like what does not exist.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, bindparam, literal_column, or_, select, true

from core.viewer import Asker, Viewer
from db import depends
from db.models import PostListing
from db.models.post import STATUSES

Reach = Literal["PUBLIC", "OWN", "ALL"]
"""How far a viewer sees: published posts, his own as well, or all. It shapes a statement; who he is is a value."""


def reach_of(viewer: Viewer) -> Reach:
    """How far the viewer sees."""
    if viewer.has("EDITOR"):
        return "ALL"
    return "PUBLIC" if viewer.user_id is None else "OWN"


def writes_of(viewer: Viewer) -> Reach:
    """To which posts the viewer may write, and whose revisions he may read: PUBLIC stands for none."""
    if viewer.has("EDITOR"):
        return "ALL"
    return "OWN" if viewer.has("AUTHOR") else "PUBLIC"


def may_read(viewer: Viewer, status: str, *, own: bool) -> bool:
    """Whether the viewer may read a post; `own` says that he stands in its byline."""
    return status == "PUBLISHED" or own or viewer.has("EDITOR")


def may_update(viewer: Viewer, *, own: bool) -> bool:
    """Whether the viewer may write to a post."""
    return viewer.has("EDITOR") or (own and viewer.has("AUTHOR"))


def is_public(table: FromClause) -> ColumnElement[bool]:
    """Whether everybody may read a post."""
    return table.c.status == literal_column("'PUBLISHED'")


def rights_of(viewer: Viewer) -> tuple[str, ...]:
    """What a response depends on where it shows posts that may be hidden: the byline of whoever sees his own."""
    return (depends.byline(viewer.user_id),) if reach_of(viewer) == "OWN" else ()


def values_of(viewer: Viewer) -> dict[str, Any]:
    """The values that conditions take."""
    return {"viewer": viewer.user_id}


def viewer_id() -> ColumnElement[int]:
    """Who asks, as a value that the statement takes: one of `values_of`."""
    return bindparam("viewer", type_=BigInteger)


def in_byline(post_id: ColumnElement[int], user_id: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Whether the viewer wrote or co-wrote a post: a probe by key, as a value, so that no plan reads a whole list."""
    asked_for = viewer_id() if user_id is None else user_id
    listing = PostListing.__table__.alias("byline")
    probe = select(true()).where(
        listing.c.kind == literal_column("'author'"), listing.c.list_id == asked_for, listing.c.post_id == post_id
    )
    # The post's table belongs to a select around this one, however far out; it is never one of its own.
    return probe.limit(literal_column("1")).correlate_except(listing).scalar_subquery().is_not(None)


def readable(reach: Reach, table: FromClause) -> ColumnElement[bool]:
    """The condition on rows of posts that the viewer may read one by one."""
    if reach == "ALL":
        return true()
    published = is_public(table)
    return published if reach == "PUBLIC" else or_(published, in_byline(table.c.id))


class Arm(NamedTuple):
    """A part of a list: the posts of one status, all of them or only those in whose byline the viewer stands."""

    status: str
    own: bool = False

    def condition(self, table: FromClause, post_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition on the list's rows; the status is written out, so that partial indexes fit."""
        status = table.c.status == literal_column(f"'{self.status}'")
        return and_(status, in_byline(post_id)) if self.own else status


PUBLISHED = Arm("PUBLISHED")
Arms = tuple[Arm, ...]


def arms_of(asker: Asker, asked: frozenset[str] | None) -> Arms:
    """The parts of a list for whoever asks: of the statuses `asked` for, or else only PUBLISHED.

    Published posts are everybody's, so that nobody looks who asks for them.
    """
    if asked is None:
        return (PUBLISHED,)
    if asked <= {PUBLISHED.status}:
        return (PUBLISHED,) if asked else ()
    return tuple(_arms(reach_of(asker.viewer), asked))


def _arms(reach: Reach, asked: frozenset[str]) -> Iterator[Arm]:
    for status in STATUSES:
        if status not in asked:
            continue
        if status == "PUBLISHED" or reach == "ALL":
            yield Arm(status)
        elif reach == "OWN":
            yield Arm(status, own=True)


def visible(arms: Arms, table: FromClause, post_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition on the rows of a list, all its parts together: for counts, which no index need order."""
    return or_(*(arm.condition(table, post_id) for arm in arms))
