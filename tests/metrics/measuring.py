"""Applications that tell metrics, and what they tell, as Prometheus' own client reads it."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
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

ADDRESS = re.compile(r"finds metrics at (http://\S+)")


class Told:
    """What a scrape told."""

    def __init__(self, text: bytes) -> None:
        self.text = text.decode()
        self.families: list[Metric] = list(text_string_to_metric_families(self.text))
        self.samples: list[Sample] = [one for family in self.families for one in family.samples]

    def of(self, name: str, **labels: str) -> list[Sample]:
        return [one for one in self.samples if one.name == name and labels.items() <= one.labels.items()]

    def with_values(self, values: Mapping[str, float]) -> "Told":
        """The same, with other values of what has these names, or a name and a label."""
        changed = copy(self)
        changed.samples = [one._replace(value=_among(values, one)) for one in self.samples]
        return changed

    def value(self, name: str, **labels: str) -> float:
        """The sum of what has this name and these labels, which must be there."""
        found = self.of(name, **labels)
        assert found, f"nothing of {name} {labels}"
        return sum(one.value for one in found)

    def labels(self, name: str, label: str) -> set[str]:
        return {one.labels[label] for one in self.of(name)}


def _among(values: Mapping[str, float], sample: Sample) -> float:
    labels = (f'{sample.name}{{{label}="{value}"}}' for label, value in sample.labels.items())
    return next((values[name] for name in (sample.name, *labels) if name in values), sample.value)


async def scraped(folder: Path) -> Told:
    """What the application in this process tells that meets others in a folder."""
    return Told(await asyncio.to_thread(Scraped(folder).text))


def scraped_from(printed: str) -> Told:
    """What the port tells that a server named when it started."""
    found = ADDRESS.search(printed)
    assert found, printed
    return Told(httpx.get(found[1], timeout=20).content)


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
