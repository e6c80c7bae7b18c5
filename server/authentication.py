"""Who sends a request: the access token that it carries, and the session that this is of."""

from core.access_tokens import AccessTokens, Claims
from core.errors import UnauthenticatedError
from core.viewer import ANONYMOUS, Viewer
from db.database import Database
from db.reads.sessions import viewer_of_session

SCHEME = "bearer"


async def authenticate(header: str | None, tokens: AccessTokens, database: Database) -> Viewer:
    """The viewer of an `Authorization` header; nobody without one.

    One statement asks whether the session lives, and for the role: what ends a session or changes a role holds at once,
    in every process.

    Raises:
        UnauthenticatedError: another scheme, a token that does not hold, or a session that was ended.
        ClientError: the database cannot say.

    """
    if header is None:
        return ANONYMOUS
    claims = claims_of(header, tokens)
    viewer = await viewer_of_session(database.read(), claims.user_id, claims.session_id)
    if viewer is None:
        raise UnauthenticatedError("This session was ended. Sign in again.")
    return viewer


def claims_of(header: str, tokens: AccessTokens) -> Claims:
    """What the token of an `Authorization` header says.

    Raises:
        UnauthenticatedError: another scheme, or a token that does not hold.

    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise UnauthenticatedError("Send the access token as `Authorization: Bearer …`.")
    return tokens.verify(token.strip())
