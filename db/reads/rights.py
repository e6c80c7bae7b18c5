"""What a viewer may see, as conditions: the only place that decides it, for rows, lists, counts and relations alike."""

from sqlalchemy import ColumnElement, FromClause, literal_column, or_

from core.viewer import Viewer

Statuses = tuple[str, ...]


def visible_statuses(viewer: Viewer, asked: frozenset[str] | None = None) -> Statuses:
    """The statuses of posts in a list for this viewer: of those `asked` for, or else only PUBLISHED."""
    del viewer
    return ("PUBLISHED",) if asked is None or "PUBLISHED" in asked else ()


def readable_statuses(viewer: Viewer) -> Statuses:
    """The statuses of posts that this viewer may read one by one."""
    del viewer
    return ("PUBLISHED",)


def may_update_any_post(viewer: Viewer) -> bool:
    """Whether the viewer may update each post, whoever wrote it."""
    return viewer.role in {"EDITOR", "ADMIN"}


def has_status(table: FromClause, statuses: Statuses) -> ColumnElement[bool]:
    """Written out, not bound, so that the planner can match partial indexes."""
    return or_(*(table.c.status == literal_column(f"'{status}'") for status in statuses))
