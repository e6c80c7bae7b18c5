"""Sessions: opened, carried on by refresh tokens, and ended. Time is the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update

from core.refresh_tokens import RefreshToken, new_nonce, new_token, parse
from core.refusals import InputRefusal, Refusal, RefusalCode
from core.settings import Settings
from db.database import WriteSession
from db.models import Session

LONGEST_USER_AGENT = 300
_OPTIONS = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session goes on: unrefreshed, at all, and how long a used token is still answered."""

    idle: timedelta
    longest: timedelta
    grace: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Lifetimes":
        """As the settings say."""
        return cls(
            timedelta(seconds=settings.session_idle_lifetime),
            timedelta(seconds=settings.session_lifetime),
            timedelta(seconds=settings.refresh_grace),
        )


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that lives, and the token that carries it on, which is a secret."""

    id: int
    user_id: int
    token: RefreshToken
    expires_at: datetime


async def open_session(
    session: WriteSession, user_id: int, user_agent: str | None, lifetimes: Lifetimes
) -> OpenSession:
    """Open a session for a user who has shown who he is."""
    token = new_token()
    opened = insert(Session).values(
        user_id=user_id,
        family_hash=token.family_hash,
        token_hash=token.secret_hash,
        expires_at=func.now() + min(lifetimes.idle, lifetimes.longest),
        user_agent=None if user_agent is None else _storable(user_agent),
    )
    row = (await session.execute(opened.returning(Session.id, Session.expires_at))).one()
    return OpenSession(row[0], user_id, token, row[1])


async def rotate(session: WriteSession, presented: str, lifetimes: Lifetimes) -> OpenSession | Refusal:
    """Exchange a refresh token for its successor, or say why not. What it writes must be committed either way.

    A token of the family that is neither the current one, nor, within the grace, the one before, was used before:
    someone has a copy, and the session ends.
    """
    token = parse(presented)
    if token is None:
        return _refusal(RefusalCode.INVALID_CREDENTIALS)
    since = func.now() - Session.rotated_at
    query = select(Session, Session.expires_at <= func.now(), since <= lifetimes.grace)
    found = await session.execute(query.where(Session.family_hash == token.family_hash).with_for_update(of=Session))
    row = found.first()
    if row is None or row[0].revoked_at is not None:
        return _refusal(RefusalCode.INVALID_CREDENTIALS)
    known, expired, in_grace = row
    if expired:
        return _refusal(RefusalCode.TOKEN_EXPIRED)
    if token.secret_hash == known.previous_hash and in_grace and known.successor_nonce is not None:
        return OpenSession(known.id, known.user_id, token.successor(known.successor_nonce), known.expires_at)
    if token.secret_hash != known.token_hash:
        await end_sessions(session, Session.id == known.id)
        return _refusal(RefusalCode.TOKEN_REUSED)
    nonce = new_nonce()
    successor = token.successor(nonce)
    written = update(Session).where(Session.id == known.id)
    written = written.values(
        token_hash=successor.secret_hash,
        previous_hash=token.secret_hash,
        successor_nonce=nonce,
        rotated_at=func.now(),
        last_seen_at=func.now(),
        expires_at=func.least(func.now() + lifetimes.idle, Session.created_at + lifetimes.longest),
    )
    returned = await session.execute(written.returning(Session.expires_at), execution_options=_OPTIONS)
    return OpenSession(known.id, known.user_id, successor, returned.scalar_one())


async def end_sessions(session: WriteSession, *which: ColumnElement[bool]) -> Sequence[int]:
    """End those sessions that live; answers their ids."""
    ended = update(Session).where(*which, Session.revoked_at.is_(None), Session.expires_at > func.now())
    ended = ended.values(revoked_at=func.now())
    return (await session.scalars(ended.returning(Session.id), execution_options=_OPTIONS)).all()


async def end_by_token(session: WriteSession, presented: str) -> Sequence[int]:
    """End the session of a refresh token, be it the current one or an older one."""
    token = parse(presented)
    return [] if token is None else await end_sessions(session, Session.family_hash == token.family_hash)


async def end_one(session: WriteSession, user_id: int, session_id: int) -> Sequence[int]:
    """End one session of a user."""
    return await end_sessions(session, Session.user_id == user_id, Session.id == session_id)


async def end_all(session: WriteSession, user_id: int, but: int | None = None) -> Sequence[int]:
    """End all sessions of a user, perhaps but one."""
    others = [] if but is None else [Session.id != but]
    return await end_sessions(session, Session.user_id == user_id, *others)


def _refusal(code: RefusalCode) -> Refusal:
    messages = {
        RefusalCode.INVALID_CREDENTIALS: "This refresh token is none of a session that lives. Sign in again.",
        RefusalCode.TOKEN_EXPIRED: "This refresh token has expired. Sign in again.",
        RefusalCode.TOKEN_REUSED: "This refresh token was used before; its session is ended. Sign in again.",
    }
    return InputRefusal(code, messages[code], ("refresh_token",))


def _storable(text: str) -> str:
    """A header as PostgreSQL can hold it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_USER_AGENT]
