"""Sessions: of a request's token, and of the viewer."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select

from core.viewer import Asker, Viewer
from db.database import ReadSession
from db.models import Session, User
from db.reads.keyed import KEYED, Found, find
from db.rows import Columns, Row
from db.statements import STATEMENTS_KEPT, RowStatement, Statement, compile_rows, compile_statement, ids, is_one_of

SESSIONS = Session.__table__
USERS = User.__table__


class SessionRow(Row):
    """A session, with the columns that were asked for."""

    __slots__ = ()

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str | None


async def viewer_of_session(session: ReadSession, user_id: int, session_id: int) -> Viewer | None:
    """Who asks by a session, if it lives, with the role that he has now: one statement."""
    records = await session.fetch(_viewer_statement(), {"user_id": user_id, "session_id": session_id})
    return Viewer(user_id, records[0][0], session_id) if records else None


async def by_id(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Found[SessionRow]:
    """Those of the sessions that live and are the viewer's: one statement, or none."""
    viewer = asker.viewer
    if viewer.user_id is None:
        return []
    session.keepable = False  # they end by themselves
    return await find(session, _by_id(columns), keys, user_id=viewer.user_id)


async def of_users(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Found[SessionRow]:
    """The sessions of these users that live, if the user is the viewer; the newest first: one statement, or none."""
    viewer = asker.viewer
    if viewer.user_id not in keys:
        return []
    session.keepable = False
    return await find(session, _of_user(columns), [viewer.user_id])


def lives() -> ColumnElement[bool]:
    """Whether a session was neither ended nor left to expire."""
    return SESSIONS.c.revoked_at.is_(None) & (SESSIONS.c.expires_at > func.now())


def _columns(columns: Columns) -> list[ColumnElement[Any]]:
    return [SESSIONS.c[name] for name in columns]


def _bound(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


@lru_cache(maxsize=1)
def _viewer_statement() -> Statement:
    this = SESSIONS.c.id == _bound("session_id"), SESSIONS.c.user_id == _bound("user_id")
    return compile_statement(
        select(USERS.c.role).join(SESSIONS, SESSIONS.c.user_id == USERS.c.id).where(*this, lives())
    )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns) -> RowStatement[SessionRow]:
    found = select(SESSIONS.c.id, *_columns(columns)).where(is_one_of(SESSIONS.c.id, ids()))
    own = found.where(SESSIONS.c.user_id == _bound("user_id"), lives())
    return compile_rows(own, SessionRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _of_user(columns: Columns) -> RowStatement[SessionRow]:
    found = select(SESSIONS.c.user_id, *_columns(columns)).where(is_one_of(SESSIONS.c.user_id, ids()), lives())
    newest_first = found.order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id.desc())
    return compile_rows(newest_first, SessionRow.holding(columns, behind=KEYED))
