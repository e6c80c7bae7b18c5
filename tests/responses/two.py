"""Two processes whose kept responses Redis keeps true."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from server.responses import keeper
from tests.fixtures.accounts import Client, Person, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, connected, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import opened

POST = '{ post(by: {id: "UG9zdDox"}) { title } }'


OTHER = '{ tag(slug: "tag-0001") { name } }'


class Two:
    """Two processes over the same servers, and what stands below them."""

    def __init__(self, url: str, redis: Redis, apis: list[Api], eve: Person) -> None:
        self.url, self.redis, self.apis, self.eve = url, redis, apis, eve

    async def ask(self, process: int, query: str = POST) -> tuple[str, str]:
        """What an anonymous reader is told, and whether it was kept."""
        response = await self.apis[process].http.post("/graphql", json={"query": query})
        return response.text, response.headers["cache-status"].partition("; ")[2].partition(";")[0]

    async def warm(self) -> None:
        """Have both keep both answers."""
        for process in (0, 1):
            for query in (POST, OTHER):
                await self.ask(process, query)
                assert (await self.ask(process, query))[1] == "hit"

    async def retitle(self, process: int, title: str) -> None:
        """Write by the API."""
        client = Client(self.apis[process].http, self.eve)
        payload = await client.mutate("updatePost", {"id": "UG9zdDox", "title": title}, "post { title }")
        assert payload["userErrors"] == []

    def watermark(self, process: int) -> Any:
        """What a process knows of Redis."""
        responses = self.apis[process].responses
        assert responses is not None
        assert responses.planes.watermark is not None
        return responses.planes.watermark

    async def until_open(self) -> None:
        """Wait until both believe Redis again."""
        await asyncio.sleep(0.1)
        await opened(*self.apis)

    async def until_hit(self, process: int) -> None:
        """Wait until the post is served from the cache again."""
        async with asyncio.timeout(60):
            while (await self.ask(process))[1] != "hit":  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def state(self) -> str:
        """What PostgreSQL remembers."""
        async with connected(self.url) as connection:
            return str(await connection.fetchval("SELECT state FROM cache_plane"))

    async def until(self, state: str) -> None:
        """Wait for it."""
        async with asyncio.timeout(60):
            while await self.state() != state:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.02)


@pytest.fixture
async def two(new_database: NewDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    monkeypatch.setattr(keeper, "REOPEN_AFTER", 0.2)
    url = await new_database()
    await write(shaped(2), url)
    for table in ("users", "revisions"):
        await execute(url, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    settings = settings_for(url, redis_url, cache=True, cache_plane="redis")
    async with serving(settings) as one, serving(settings) as other, Redis.from_url(redis_url) as redis:
        await opened(one, other)
        yield Two(url, redis, [one, other], await person(url, "eve", "EDITOR"))
