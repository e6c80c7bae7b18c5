"""Writes that PostgreSQL may refuse without ending the transaction that they are a part of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from core.errors import BroadsheetError
from db.database import WriteSession


class RowRefusedError(BroadsheetError):
    """PostgreSQL refused a write, and what was written since the savepoint is taken back; the message is its own."""


@asynccontextmanager
async def savepoint(session: WriteSession) -> AsyncIterator[None]:
    """Write in a savepoint, so that the session can go on after a refusal.

    Raises:
        RowRefusedError: a row that the tables do not hold.

    """
    try:
        async with session.begin_nested():
            yield
    except DBAPIError as error:
        raise RowRefusedError(str(error.orig)) from error


@asynccontextmanager
async def undone(session: WriteSession) -> AsyncIterator[None]:
    """Write in a savepoint: whatever is raised inside takes back what was written inside, and no more."""
    async with session.begin_nested():
        yield
