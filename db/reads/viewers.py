"""What is private to a user: he alone may read it."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import select

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.models import User
from db.reads.keyed import KEYED, Found, find
from db.rows import Columns, Row
from db.statements import STATEMENTS_KEPT, RowStatement, compile_rows, ids, is_one_of


class ViewerRow(Row):
    """The viewer himself."""

    __slots__ = ()

    id: int
    email: str


async def by_id(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Found[ViewerRow]:
    """Those of these users who are the viewer: one statement, or none."""
    session.depends_on(depends.rows("user", keys))
    viewer = asker.viewer
    own = [key for key in keys if key == viewer.user_id]
    return await find(session, _by_id(columns), own) if own else []


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns) -> RowStatement[ViewerRow]:
    users = User.__table__
    found = select(users.c.id, *(users.c[name] for name in columns)).where(is_one_of(users.c.id, ids()))
    return compile_rows(found, ViewerRow.holding(columns, behind=KEYED))
