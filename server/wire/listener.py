"""Who sends operations over a connection that lasts, and what becomes of each."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import UnauthenticatedError
from core.observation import Transport
from db.events import Event
from gql.context import Caller
from server.events.hub import Heard
from server.events.subscription import Seat

EXPIRED = UnauthenticatedError("The access token has expired, or its session was ended. Sign in again.")
"""Of a connection that has lasted longer than its token."""


@dataclass(slots=True)
class Started:
    """An operation that runs: its answers as JSON; of a subscription there may be any number."""

    texts: AsyncGenerator[bytes, None]
    source: AsyncIterator[Event] | None = None
    """Of a subscription."""
    ended: Callable[[], None] | None = None
    """Wants to know when it has ended."""

    async def aclose(self) -> None:
        """End it; whoever began it does this, though he took no answer."""
        if self.ended is not None:
            self.ended()
            self.ended = None
        await self.texts.aclose()
        if isinstance(self.source, Heard):
            await self.source.aclose()


@dataclass(frozen=True, slots=True)
class Listener:
    """Who sends operations over one connection."""

    seat: Seat
    caller: Caller
    request_id: str
    headers: Mapping[bytes, str]
    """Of the request that opened it."""
    transport: Transport = "stream"


class NotStartedError(Exception):
    """An operation that was refused before anything of it ran; `errors` say why."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors
