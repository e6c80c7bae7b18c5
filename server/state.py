"""What an application keeps open while it serves."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from cache.client import Client
from gql.context import Services
from server.looks import Health
from server.overload.gate import Gate


@dataclass(frozen=True, slots=True)
class State:
    """Made when the application starts, closed when it ends."""

    services: Services
    redis: Client
    gate: Gate
    health: Health


def state_of(connection: HTTPConnection) -> State:
    """The state of the application that a request came to."""
    state: State = connection.app.state.broadsheet
    return state
