"""What an application keeps open while it serves."""

from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from db.database import Database


@dataclass(frozen=True, slots=True)
class State:
    """Made when the application starts, closed when it ends."""

    database: Database
    redis: Redis


def state_of(connection: HTTPConnection) -> State:
    """The state of the application that a request came to."""
    state: State = connection.app.state.broadsheet
    return state
