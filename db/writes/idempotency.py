"""Mutations with a key: done once, and answered alike however often they are asked for."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.refusals import (
    AccessRefusal,
    InputRefusal,
    Refusal,
    RefusalCode,
    RefusedError,
    TakenRefusal,
    VersionRefusal,
)
from db.database import WriteSession
from db.models import IdempotencyKey

KEPT = timedelta(hours=24)

Values = Mapping[str, Any]


async def once(
    session: WriteSession,
    user_id: int,
    key: str,
    request_hash: bytes,
    work: Callable[[WriteSession], Awaitable[Values]],
) -> Values:
    """Do the work and keep what it came to, or answer what it came to within the last 24 hours.

    The row of the key is written first: whoever comes with the same key meanwhile waits for this transaction, and then
    finds its outcome, or, if it was taken back, does the work himself.

    Raises:
        RefusedError: IDEMPOTENCY_KEY_REUSED, the key was used for something else.

    """
    taken = insert(IdempotencyKey).values(user_id=user_id, key=key, request_hash=request_hash)
    expired = IdempotencyKey.created_at < func.now() - KEPT
    claimed = await session.execute(
        taken.on_conflict_do_update(
            index_elements=[IdempotencyKey.user_id, IdempotencyKey.key],
            set_={"request_hash": request_hash, "outcome": None, "created_at": func.now()},
            where=or_(expired, IdempotencyKey.outcome.is_(None)),
        ).returning(IdempotencyKey.key)
    )
    this = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    if claimed.first() is None:
        found = await session.execute(select(IdempotencyKey.request_hash, IdempotencyKey.outcome).where(*this))
        known_hash, outcome = found.one()
        if known_hash != request_hash:
            message = "This idempotency key was used before, for something else."
            raise RefusedError(InputRefusal(RefusalCode.IDEMPOTENCY_KEY_REUSED, message))
        restored: dict[str, Any] = _restored(outcome)
        return restored
    values = await work(session)
    await session.execute(update(IdempotencyKey).where(*this).values(outcome=_kept(values)))
    return values


_KINDS = {kind.__name__: kind for kind in (InputRefusal, TakenRefusal, VersionRefusal, AccessRefusal)}
_KIND = "refusal"


def _kept(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, Refusal):
        return {_KIND: type(value).__name__, **asdict(value)}
    if isinstance(value, Mapping):
        return {name: _kept(one) for name, one in value.items()}
    return [_kept(one) for one in value] if isinstance(value, list | tuple) else value


def _restored(value: Any) -> Any:
    """The same value again."""
    if isinstance(value, list):
        return [_restored(one) for one in value]
    if not isinstance(value, dict):
        return value
    if _KIND not in value:
        return {name: _restored(one) for name, one in value.items()}
    told = {name: one for name, one in value.items() if name != _KIND}
    return _KINDS[value[_KIND]](**{**told, "path": tuple(told["path"]), "code": RefusalCode(told["code"])})
