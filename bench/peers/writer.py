"""The one who writes: an administrator of the benchmark's data, signed in."""

from sqlalchemy import func, select

from core.access_tokens import AccessTokens
from core.settings import Settings
from db.database import Database
from db.models import User
from db.writes.sessions import Lifetimes, open_session


async def sign_in(settings: Settings, url: str) -> str:
    """Open a session; answers its access token."""
    database = Database(settings, url)
    try:
        async with database.write() as session:
            user_id = await session.scalar(select(func.min(User.id)).where(User.role == "ADMIN"))
            if user_id is None:
                raise LookupError("the benchmark's users have no administrator among them")
            opened = await open_session(session, user_id, "peers", Lifetimes.of(settings))
        return AccessTokens(settings).issue(opened.user_id, opened.id).token
    finally:
        await database.close()
