"""Questions to a process that reads from replicas, and from where they were answered."""

from collections.abc import Callable

from core.settings import Settings
from db.replicas import Counts, Replicas
from tests.fixtures.api import Api
from tests.fixtures.servers import execute

Replicated = Callable[..., Settings]
POST = "UG9zdDox"
ONE = f'{{ post(by: {{id: "{POST}"}}) {{ version title author {{ name }} }} }}'


def replicas_of(api: Api) -> Replicas:
    assert api.database is not None
    assert api.database.replicas is not None
    return api.database.replicas


def counts(api: Api) -> Counts:
    return replicas_of(api).counts


async def title(api: Api) -> str:
    found: str = (await api.data(ONE))["post"]["title"]
    return found


async def write(url: str, text: str) -> None:
    await execute(url, f"UPDATE posts SET title = '{text}' WHERE id = 1")
