"""Who still uses what is deprecated is known by the client's name."""

from collections.abc import AsyncIterator

import pytest
import strawberry
from structlog.testing import capture_logs

from core.settings import Settings
from gql.schema import build_schema
from server import app as application
from server.uses import MOST_CLIENTS, OTHER, Uses
from server.wire.client_name import client_name
from tests.fixtures.api import Api, serving

NAME = "apollographql-client-name"


def schema_with_deprecations() -> strawberry.Schema:
    """The schema, had it been decided to remove `Tag.postCount` and `PostOrderField.TITLE`."""
    schema = build_schema()
    types = schema._schema.type_map
    types["Tag"].fields["postCount"].deprecation_reason = "removed after 2027-06-01"  # type: ignore[attr-defined]
    types["PostOrderField"].values["TITLE"].deprecation_reason = "removed after 2027-06-01"  # type: ignore[attr-defined]
    return schema


@pytest.fixture(params=[False, True], ids=["executed", "kept"])
async def api(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Api]:
    monkeypatch.setattr(application, "build_schema", schema_with_deprecations)
    async with serving(settings.model_copy(update={"cache": request.param})) as api:
        yield api


def named(client: str) -> dict[bytes, str]:
    return {NAME.encode(): client}


def counted(api: Api) -> dict[tuple[str, str], int]:
    return dict(api.http._transport.app.endpoint.uses.counted())  # type: ignore[attr-defined]


async def ask(api: Api, query: str, client: str | None = None, **variables: object) -> None:
    api.headers = {} if client is None else {NAME: client}
    await api.data(query, **variables)


TAGS = "{ tags { nodes { name postCount } } }"
ORDERED = "query ($by: PostOrderField!) { posts(orderBy: {field: $by}) { nodes { id } } }"


async def test_uses_are_counted_by_client(api: Api) -> None:
    for client in ("my-blog", "my-blog", "reader", None):
        await ask(api, TAGS, client)
    await ask(api, "{ tags { nodes { name } } }", "my-blog")
    await ask(api, ORDERED, "reader", by="TITLE")
    await ask(api, ORDERED, "reader", by="CREATED_AT")
    assert counted(api) == {
        ("my-blog", "Tag.postCount"): 2,
        ("reader", "Tag.postCount"): 1,
        ("unnamed", "Tag.postCount"): 1,
        ("reader", "PostOrderField.TITLE"): 1,
    }


async def test_answers_that_another_process_keeps_are_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "build_schema", schema_with_deprecations)
    cached = settings.model_copy(update={"cache": True})
    async with serving(cached) as one, serving(cached) as other:
        await ask(one, TAGS, "my-blog")
        response = await other.http.post("/graphql", json={"query": TAGS, "variables": {}}, headers={NAME: "reader"})
        assert response.json()["data"]
        assert counted(other) == {("reader", "Tag.postCount"): 1}


async def test_nothing_is_counted_where_nothing_is_deprecated(settings: Settings) -> None:
    async with serving(settings) as api:
        await ask(api, TAGS, "my-blog")
        assert counted(api) == {}


def test_the_log_hears_of_each_use_once_an_hour() -> None:
    now = [0.0]
    uses = Uses(lambda: now[0])
    with capture_logs() as logs:
        for _ in range(3):
            uses.count(named("my-blog"), ["Tag.postCount"])
        uses.count(named("reader"), ["Tag.postCount"])
        now[0] = 3_599.0
        uses.count(named("my-blog"), ["Tag.postCount"])
        now[0] = 3_600.0
        uses.count(named("my-blog"), ["Tag.postCount"])
    assert [(one["client"], one["uses"]) for one in logs] == [("my-blog", 1), ("reader", 1), ("my-blog", 5)]
    assert {one["event"] for one in logs} == {"deprecated_used"}
    assert {one["coordinate"] for one in logs} == {"Tag.postCount"}


def test_however_many_names_there_are_few_are_counted_apart() -> None:
    uses = Uses()
    with capture_logs() as logs:
        for number in range(MOST_CLIENTS + 50):
            uses.count(named(f"client-{number}"), ["Tag.postCount"])
    assert len(uses.counted()) == len(logs) == MOST_CLIENTS + 1
    assert uses.counted()[OTHER, "Tag.postCount"] == 50


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({b"apollographql-client-name": "a"}, "a"),
        ({b"x-graphql-client-name": "b"}, "b"),
        ({b"graphql-client-name": "c"}, "c"),
        ({b"x-graphql-client-name": "b", b"apollographql-client-name": "a"}, "a"),
        ({b"graphql-client-name": "  c "}, "c"),
        ({b"graphql-client-name": "x" * 1_000}, "x" * 60),
        ({b"graphql-client-name": "a\x1b[31mé"}, "a?[31m?"),
        ({b"graphql-client-name": ""}, "unnamed"),
        ({b"graphql-client-name": "   "}, "unnamed"),
        ({}, "unnamed"),
    ],
)
def test_a_name_is_fit_for_a_label(headers: dict[bytes, str], name: str) -> None:
    assert client_name(headers) == name
