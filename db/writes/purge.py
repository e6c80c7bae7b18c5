"""A change that is none: by it all processes read anew what they keep."""

from collections.abc import Sequence

from sqlalchemy import insert

from db.database import WriteSession
from db.depends import PURGE
from db.models import ChangeRecord


async def purge(session: WriteSession, tags: Sequence[str]) -> None:
    """State that these tags were touched; without any, everything."""
    await session.execute(insert(ChangeRecord).values(entity=PURGE, kind="DELETE", columns=list(tags)))
