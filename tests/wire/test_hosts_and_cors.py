from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from core.settings import Settings
from tests.fixtures.api import serving
from tests.wire.asking import JSON, PATH, code_of, media_type, post

QUERY = "{ __typename }"
ORIGIN = "https://blog.example.org"


@asynccontextmanager
async def at(settings: Settings, **others: object) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to an application with these settings changed."""
    async with serving(settings.model_copy(update=others)) as api:
        yield api.http


HOSTS = "example.org, *.Example.com, [::1], 127.0.0.1"
TRUSTED = [
    "example.org",
    "EXAMPLE.org",
    "example.org:8000",
    "a.example.com",
    "a.b.example.com",
    "a.example.com:443",
    "[::1]",
    "[::1]:8000",
    "127.0.0.1",
    "127.0.0.1:80",
]
OTHERS = [
    "",
    "example.net",
    "a.example.org",
    "example.com",
    "notexample.com",
    "example.org.evil.net",
    "evil.net:80.example.com",
    "evil.net#example.org",
    "example.org@evil.net",
    "[::2]",
    "::1",
    "[::1",
    "[evil.net].example.com",
    "127.0.0.10",
    "localhost",
    "..",
]


async def test_the_service_answers_to_its_names(settings: Settings) -> None:
    async with at(settings, trusted_hosts=HOSTS) as http:
        for host in TRUSTED:
            assert (await post(http, {"query": QUERY}, host=host)).status_code == 200, host


@pytest.mark.parametrize("host", ["example.org.", "a.example.com.", "example.org.:8000"])
async def test_a_name_may_end_with_the_dot_of_the_root(settings: Settings, host: str) -> None:
    async with at(settings, trusted_hosts=HOSTS) as http:
        assert (await post(http, {"query": QUERY}, host=host)).status_code == 200


async def test_the_service_answers_to_no_other_name(settings: Settings) -> None:
    async with at(settings, trusted_hosts=HOSTS) as http:
        for host in OTHERS:
            for response in (
                await post(http, {"query": QUERY}, host=host),
                await http.get("/x", headers={"host": host}),
            ):
                assert response.status_code == 400, host
                assert response.headers["content-type"].startswith(JSON)
                assert code_of(response) == "BAD_REQUEST"
                assert response.headers["x-content-type-options"] == "nosniff"
                assert response.headers["x-request-id"]


async def test_an_address_in_brackets_with_a_tail_is_another_name(settings: Settings) -> None:
    async with at(settings, trusted_hosts=HOSTS) as http:
        assert (await post(http, {"query": QUERY}, host="[::1].evil.net")).status_code == 400


async def test_without_a_list_the_service_answers_to_any_name(settings: Settings) -> None:
    async with at(settings, trusted_hosts="*") as http:
        for host in OTHERS:
            assert (await post(http, {"query": QUERY}, host=host)).status_code == 200


async def preflight(
    http: httpx.AsyncClient, origin: str, method: str = "POST", headers: str = "content-type"
) -> httpx.Response:
    """What a browser asks before it lets a page send."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return await http.options(PATH, headers=asked)


def shared(response: httpx.Response) -> dict[str, str]:
    """The headers of an answer that tell a browser what other sites may do with it."""
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_by_default_pages_of_other_sites_get_nothing(settings: Settings) -> None:
    async with at(settings) as http:
        asked = await preflight(http, ORIGIN)
        assert (asked.status_code, media_type(asked)) == (405, JSON)
        assert shared(asked) == {}
        assert shared(await post(http, {"query": QUERY}, origin=ORIGIN)) == {}


async def test_pages_of_the_origins_in_the_list_may_call(settings: Settings) -> None:
    async with at(settings, cors_origins=f"https://other.example.org , {ORIGIN}") as http:
        wanted = "authorization, content-type, x-request-id"
        asked = await preflight(http, ORIGIN, headers=wanted)
        assert asked.status_code == 200
        told = shared(asked)
        assert told["access-control-allow-origin"] == ORIGIN
        assert {"GET", "POST"} <= {one.strip() for one in told["access-control-allow-methods"].split(",")}
        allowed = {one.strip().lower() for one in told["access-control-allow-headers"].split(",")}
        assert {"authorization", "content-type", "x-request-id"} <= allowed
        assert "access-control-allow-credentials" not in told
        for response in (
            await post(http, {"query": QUERY}, origin=ORIGIN),
            await post(http, {"query": "{"}, origin=ORIGIN, accept="application/graphql-response+json"),
            await http.put(PATH, headers={"Origin": ORIGIN}),
        ):
            told = shared(response)
            assert told["access-control-allow-origin"] == ORIGIN
            exposed = {one.strip().lower() for one in told["access-control-expose-headers"].split(",")}
            assert {"x-request-id", "ratelimit", "ratelimit-policy", "retry-after"} <= exposed
            varies = {one.strip().lower() for line in response.headers.get_list("vary") for one in line.split(",")}
            assert {"origin", "accept", "authorization"} <= varies


async def test_a_page_may_say_the_name_of_its_client(settings: Settings) -> None:
    """As Apollo's `clientAwareness` does, and others."""
    async with at(settings, cors_origins=ORIGIN) as http:
        for name in ("apollographql-client", "x-graphql-client", "graphql-client"):
            asked = await preflight(http, ORIGIN, headers=f"content-type, {name}-name, {name}-version")
            assert asked.status_code == 200, name


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.org", "http://blog.example.org", f"{ORIGIN}:8443", f"{ORIGIN}.evil.net", "null", ""],
)
async def test_pages_of_other_origins_may_not_call(settings: Settings, origin: str) -> None:
    async with at(settings, cors_origins=ORIGIN) as http:
        asked = await preflight(http, origin)
        assert asked.status_code == 400
        assert "access-control-allow-origin" not in shared(asked)
        assert "access-control-allow-origin" not in shared(await post(http, {"query": QUERY}, origin=origin))


@pytest.mark.parametrize(("method", "headers"), [("DELETE", "content-type"), ("POST", "x-something")])
async def test_a_page_may_send_nothing_that_is_not_served(settings: Settings, method: str, headers: str) -> None:
    async with at(settings, cors_origins=ORIGIN) as http:
        assert (await preflight(http, ORIGIN, method, headers)).status_code == 400


async def test_a_wildcard_lets_all_pages_call_but_never_with_credentials(settings: Settings) -> None:
    async with at(settings, cors_origins="*") as http:
        answers = [await preflight(http, ORIGIN), await post(http, {"query": QUERY}, origin=ORIGIN)]
        answers.append(await post(http, {"query": QUERY}, origin=ORIGIN, cookie="session=1"))
        for response in answers:
            assert response.status_code == 200
            assert "access-control-allow-credentials" not in shared(response)
        assert shared(answers[1])["access-control-allow-origin"] == "*"
        assert shared(answers[0])["access-control-allow-origin"] == "*"


async def test_a_preflight_to_another_name_is_refused(settings: Settings) -> None:
    async with at(settings, cors_origins=ORIGIN, trusted_hosts="example.org") as http:
        assert code_of(await preflight(http, ORIGIN)) == "BAD_REQUEST"
