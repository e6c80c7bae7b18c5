"""Applications that tell metrics, and what they tell, as Prometheus' own client reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from core.settings import Settings
from server.app import create_app
from server.metrics.scraping import Scraped, meeting_place
from tests.fixtures.api import Api


class Told:
    """What a scrape told."""

    def __init__(self, text: bytes) -> None:
        self.text = text.decode()
        self.families: list[Metric] = list(text_string_to_metric_families(self.text))
        self.samples: list[Sample] = [one for family in self.families for one in family.samples]

    def of(self, name: str, **labels: str) -> list[Sample]:
        return [one for one in self.samples if one.name == name and labels.items() <= one.labels.items()]

    def value(self, name: str, **labels: str) -> float:
        """The sum of what has this name and these labels, which must be there."""
        found = self.of(name, **labels)
        assert found, f"nothing of {name} {labels}"
        return sum(one.value for one in found)

    def labels(self, name: str, label: str) -> set[str]:
        return {one.labels[label] for one in self.of(name)}


async def scraped(folder: Path) -> Told:
    """What the application in this process tells that meets others in a folder."""
    return Told(await asyncio.to_thread(Scraped(folder).text))


@dataclass
class Measured(Api):
    """An application in this process, and its metrics."""

    folder: Path = Path()

    async def told(self) -> Told:
        return await scraped(self.folder)


@asynccontextmanager
async def measuring(settings: Settings) -> AsyncIterator[Measured]:
    """As `serving`, with metrics."""
    with meeting_place() as folder:
        app = create_app(settings, folder)
        async with app.fastapi.router.lifespan_context(app.fastapi):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://broadsheet.test") as http:
                yield Measured(http, responses=app.endpoint.responses, folder=folder)
