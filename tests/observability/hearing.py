"""A listener that keeps what it hears, and applications that it listens to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from core.observation import Observation
from core.observers import Listener
from core.settings import Settings
from server.app import create_app
from tests.fixtures.api import Api


class Heard(Listener):
    """All that was heard, with steps if they are wanted."""

    def __init__(self, *, steps: bool = False) -> None:
        self.all: list[Observation] = []
        self.running = 0
        self._steps = steps

    def begun(self, observation: Observation, headers: Mapping[bytes, str]) -> None:
        del headers
        self.running += 1
        if self._steps:
            observation.steps = []

    def ended(self, observation: Observation) -> None:
        self.running -= 1
        self.all.append(observation)

    @property
    def last(self) -> Observation:
        return self.all[-1]


@asynccontextmanager
async def heard_by(settings: Settings, *listeners: Listener) -> AsyncIterator[Api]:
    """As `serving`, with these listeners."""
    app = create_app(settings)
    for listener in listeners:
        app.observers.add(listener)
    async with app.fastapi.router.lifespan_context(app.fastapi):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://broadsheet.test") as http:
            yield Api(http, responses=app.endpoint.responses)
