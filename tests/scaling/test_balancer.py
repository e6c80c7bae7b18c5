"""Three `broadsheet serve` behind a balancer, each on its own: clients cannot tell them from one."""

import asyncio
import signal
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
import pytest
import websockets

from tests.faults.blog import WRITTEN
from tests.fixtures.accounts import Client, Person, person
from tests.fixtures.budget import PROVE
from tests.fixtures.live import COMMAND, clean_environment
from tests.fixtures.servers import NewDatabase, connected
from tests.scaling.balancer import Balancer
from tests.scaling.loaded import Several, several
from tests.scaling.six import Six
from tests.subscriptions.listening import COMMENTED, opened

PROCESSES = 3
ROUNDS = 100 if PROVE else 10
BURST = 1_000
LIMITS = {
    "BROADSHEET_RATE": "1",
    "BROADSHEET_RATE_BURST": str(BURST),
    "BROADSHEET_MAX_COST": str(BURST),
    "BROADSHEET_RATE_ANONYMOUS": "1000000",
}
"""An account's points hardly come back; strangers have as many as they like."""
TITLE = f'{{ post(by: {{slug: "{WRITTEN[0]}"}}) {{ title commentCount }} }}'


@dataclass(frozen=True)
class Balanced:
    """The processes, and what stands before them."""

    several: Several
    balancer: Balancer

    @property
    def url(self) -> str:
        return f"http://{self.balancer.address}"

    @property
    def direct(self) -> list[str]:
        return [f"http://127.0.0.1:{server.port}" for server in self.several.servers]

    async def newcomer(self, username: str) -> Person:
        """An editor whom nobody has charged yet."""
        return await person(self.several.database_url, username, "EDITOR")


@pytest.fixture(scope="module", params=["a cluster", "one Redis"] if PROVE else ["a cluster"])
async def balanced(
    request: pytest.FixtureRequest,
    new_database: NewDatabase,
    started_six: Six,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Balanced]:
    url = started_six.url if request.param == "a cluster" else redis_url
    folder = tmp_path_factory.mktemp("balanced")
    async with (
        several(await new_database(), [url] * PROCESSES, folder, variant=None, **LIMITS) as made,
        Balancer(*(server.port for server in made.servers)) as balancer,
    ):
        yield Balanced(made, balancer)


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that opens a connection for each request, so that each may come to another process."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as http:
        yield http


async def _asked(http: httpx.AsyncClient, query: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await http.post("/graphql", json={"query": query, **more})).json()
    return answer


async def test_the_balancer_leads_to_all_of_them(balanced: Balanced) -> None:
    async with asking(balanced.url) as http:
        answers = [await http.get("/readyz") for _ in range(2 * PROCESSES)]
    assert [answer.json()["redis"] for answer in answers] == ["ok"] * 2 * PROCESSES
    assert set(balanced.balancer.taken) == {server.port for server in balanced.several.servers}


async def test_what_was_written_through_one_is_seen_through_each(balanced: Balanced) -> None:
    ident, hits = balanced.several.blog.ids[WRITTEN[0]], 0
    async with asking(balanced.url) as http:
        for number in range(ROUNDS):
            if number % 20 == 0:  # nobody may write for ever
                eve = await balanced.newcomer(f"stale{number}")
            title = f"Title {number}"
            payload = await Client(http, eve).mutate("updatePost", {"id": ident, "title": title}, "post { title }")
            assert payload["userErrors"] == []
            for url in balanced.direct * 2:
                async with asking(url) as direct:
                    response = await direct.post("/graphql", json={"query": TITLE})
                assert response.json()["data"]["post"]["title"] == title
                hits += response.headers["cache-status"].endswith("hit")
    assert hits >= ROUNDS, "they had kept what they answered"


async def test_what_is_kept_is_shown_on_the_command_line(balanced: Balanced) -> None:
    async with asking(balanced.url) as http:
        for _ in range(PROCESSES):
            await _asked(http, TITLE)
    environment = clean_environment(**balanced.several.servers[0].variables)
    shown = await asyncio.create_subprocess_exec(
        str(COMMAND), "cache", "show", env=environment, stdout=PIPE, cwd=balanced.several.servers[0].folder
    )
    table = {}
    for line in (await shown.communicate())[0].decode().splitlines():
        cells = [cell.strip() for cell in line.strip("│ ").split("│")]
        table[cells[0]] = cells[-1]
    assert shown.returncode == 0
    assert int(table["responses in Redis"]) >= 1
    assert table["Redis is believed"] == "yes"


async def test_a_key_has_its_mutation_done_once_whoever_gets_it(balanced: Balanced) -> None:
    eve = await balanced.newcomer("once")
    given = {"post": balanced.several.blog.ids[WRITTEN[1]], "body": "Well said, once."}

    async def comment(url: str) -> Any:
        async with asking(url) as http:
            return await Client(http, eve).mutate("addComment", given, "comment { id }", key="the-same")

    made = await asyncio.gather(*(comment(url) for url in balanced.direct * 2))
    made += [await comment(url) for url in balanced.direct]
    ids = {one["comment"]["id"] for one in made if not one["userErrors"]}
    assert len(ids) == 1
    async with connected(balanced.several.database_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM comments WHERE body = $1", given["body"]) == 1


async def test_a_caller_has_one_bucket_whoever_he_comes_to(balanced: Balanced) -> None:
    spender = await balanced.newcomer("spender")
    spent = 0
    async with asking(balanced.url) as http:
        for number in range(40):
            query = f"{{ a{number}: posts(first: 100) {{ nodes {{ title }} }} }}"  # not kept, so at its full price
            response = await http.post("/graphql", json={"query": query}, headers=spender.headers)
            if response.status_code == 429:
                break
            assert "errors" not in response.json()
            spent += 101
            await asyncio.sleep(0.2)  # until it is settled
        else:
            pytest.fail("nobody stops him")
        for _ in range(PROCESSES):
            response = await http.post(
                "/graphql", json={"query": "{ posts(first: 99) { nodes { id } } }"}, headers=spender.headers
            )
            assert response.status_code == 429
            assert int(response.headers["retry-after"]) > 0
    # A process hears of what was spent at others when it settles itself: each may be one query behind.
    assert BURST - 101 <= spent <= BURST + PROCESSES * 101
    assert spent < 2 * BURST


async def test_a_query_that_one_persisted_is_known_to_all(balanced: Balanced) -> None:
    query = "query Persisted { tags(first: 3) { nodes { name } } }"
    by_hash = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}}
    first, *others = balanced.direct
    async with asking(others[0]) as http:
        answer = (await http.post("/graphql", json=by_hash)).json()
        assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    async with asking(first) as http:
        expected = await _asked(http, query, **by_hash)
        assert "errors" not in expected
    for url in (*others, balanced.url):
        async with asking(url) as http:
            answer = {}
            for _ in range(100):  # it is put there in the background
                answer = (await http.post("/graphql", json=by_hash)).json()
                if "errors" not in answer:
                    break
                await asyncio.sleep(0.05)
            assert answer == expected


async def test_a_subscription_goes_on_at_another_process_when_its_own_is_killed(balanced: Balanced) -> None:
    eve = await balanced.newcomer("listener")
    post, servers, balancer = balanced.several.blog.ids[WRITTEN[2]], balanced.several.servers, balanced.balancer

    async def comment(url: str, number: int) -> None:
        given = {"post": post, "body": f"Comment {number}"}
        async with asking(url) as http:
            payload = await Client(http, eve).mutate("addComment", given, "comment { id }")
        assert payload["userErrors"] == []

    told: list[str] = []
    last = None
    ports = list(balancer.ports)
    for round_, server in enumerate(servers if PROVE else servers[:1]):
        balancer.ports = [server.port]
        async with opened(balanced.url) as client:
            await client.subscribe(COMMENTED, id=post, after=last)
            balancer.ports = ports
            missed = 3 * round_ - len(told)  # what was written while nobody was connected
            for number in (3 * round_, 3 * round_ + 1):
                await comment(balanced.direct[(round_ + 1 + number) % PROCESSES], number)
            for _ in range(missed + 2):
                one = await client.next()
                assert one["kind"] == "COMMENT_ADDED", one
                told.append(one["comment"]["body"])
                last = one["eventId"]
            await server.stop(signal.SIGKILL)
            with pytest.raises(websockets.ConnectionClosed):
                await client.connection.recv()
        # Through the balancer, of which one process is dead at the moment.
        await comment(balanced.url, 3 * round_ + 2)
        await server.start()
    async with opened(balanced.url) as client:
        await client.subscribe(COMMENTED, id=post, after=last)
        told.append((await client.next())["comment"]["body"])
        assert await client.is_quiet()
    assert told == [f"Comment {number}" for number in range(len(told))]
    assert len(told) >= 3
