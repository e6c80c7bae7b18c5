from typing import Any

import httpx
import pytest

from core.settings import Settings
from db.database import ReadSession
from db.schema_version import SchemaWatch
from gql.documents.documents import Documents
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import settings_for
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, post, post_bytes, the_error

QUERY = "{ __typename }"
SECRET = "SELECT password FROM /etc/secret"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/graphql/", 404),
        ("GET", "/graphql/ide/none.js", 404),
        ("POST", "/graphqlx", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/metrics", 404),
        ("GET", "/%00%ff", 404),
        ("POST", "/livez", 405),
        ("DELETE", "/readyz", 405),
    ],
)
async def test_what_is_not_served_elsewhere_is_answered_as_json_with_a_code(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    response = await http.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"].startswith(JSON)
    assert code_of(response) == "BAD_REQUEST"


async def everything(http: httpx.AsyncClient, **headers: str) -> list[httpx.Response]:
    """Answers of every kind that there is."""
    return [
        await http.get("/livez", headers=headers),
        await http.get("/nowhere", headers=headers),
        await http.post("/livez", headers=headers),
        await http.get(PATH, headers={"Accept": "text/html", **headers}),
        await http.get("/graphql/ide/none.js", headers=headers),
        await http.get(PATH, params={"query": QUERY}, headers=headers),
        await http.get(PATH, params={"query": "mutation { logOut { __typename } }"}, headers=headers),
        await post(http, {"query": QUERY}, **headers),
        await post(http, {"query": QUERY}, accept="text/plain", **headers),
        await post(http, {"query": "{"}, **headers),
        await post(http, {"query": "{ nothing }"}, accept=RESPONSE, **headers),
        await post(http, {"query": QUERY}, authorization="Bearer nonsense", **headers),
        await post_bytes(http, b"{", **headers),
        await http.put(PATH, headers=headers),
        await http.post(PATH, content=b"x", headers=headers),
    ]


async def test_every_answer_has_an_id_of_its_own_and_forbids_sniffing(http: httpx.AsyncClient) -> None:
    answers = await everything(http)
    for answer in answers:
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], answer
        assert len(answer.headers.get_list("x-request-id")) == 1, answer
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"], answer
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


async def test_every_answer_repeats_the_id_that_a_proxy_gave(http: httpx.AsyncClient) -> None:
    for answer in await everything(http, **{"x-request-id": "a-proxy.Gave_it-1"}):
        assert answer.headers.get_list("x-request-id") == ["a-proxy.Gave_it-1"], answer


@pytest.mark.parametrize("given", ["x", "A-Z_a-z.0-9", "a" * 64])
async def test_an_id_that_is_a_plain_word_is_taken(http: httpx.AsyncClient, given: str) -> None:
    response = await post(http, {"query": QUERY}, **{"x-request-id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", [b"", b"a" * 65, b"two words", b"<script>", b"caf\xc3\xa9", b"a;b", b'"a"', b"a\n", b"a\r\nSet-Cookie: b"]
)
async def test_an_id_that_is_no_plain_word_is_replaced(http: httpx.AsyncClient, given: bytes) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"content-type", JSON.encode()), (b"x-request-id", given)]
    response = await http.post(PATH, content=b'{"query": "{ __typename }"}', headers=headers)
    made = response.headers["x-request-id"]
    assert made.isalnum()
    assert len(made) == 32
    assert "set-cookie" not in response.headers


async def test_no_answer_is_stored_by_caches_and_all_tell_what_they_vary_by(http: httpx.AsyncClient) -> None:
    for response in (await post(http, {"query": QUERY}), await post(http, {"query": "{"}), await http.put(PATH)):
        assert response.headers["cache-control"] == "no-store"
        assert {"accept", "authorization"} <= {one.strip().lower() for one in response.headers["vary"].split(",")}


@pytest.fixture
async def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read raises what nobody foresaw."""

    async def fetch(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(ReadSession, "fetch", fetch)
    monkeypatch.setattr(SchemaWatch, "revision", fetch)


def assert_masked(response: httpx.Response) -> None:
    """The answer names the request, and nothing of the exception."""
    error = the_error(response)
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert response.headers["x-request-id"] in error["message"]
    shown = response.text + str(response.headers)
    assert all(word not in shown for word in ("SELECT", "secret", "ZeroDivision", "Traceback", ".py"))


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("environment", ["development", "production"])
async def test_a_fault_of_ours_in_a_field_is_masked_and_the_rest_is_answered(
    database_url: str, redis_url: str, environment: str
) -> None:
    async with serving(settings_for(database_url, redis_url, environment=environment)) as api:
        for media in (JSON, RESPONSE):
            response = await post(api.http, {"query": '{ __typename tag(slug: "x") { name } }'}, accept=media)
            assert response.status_code == 200
            assert response.json()["data"] == {"__typename": "Query", "tag": None}
            assert the_error(response)["path"] == ["tag"]
            assert_masked(response)


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_fault_of_ours_in_the_endpoint_is_masked(api: Api, monkeypatch: pytest.MonkeyPatch, media: str) -> None:
    async def find(*_: Any) -> Any:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(Documents, "find", find)
    response = await post(api.http, {"query": QUERY}, accept=media)
    assert response.status_code == 500
    assert response.headers["content-type"].startswith(media)
    assert_masked(response)
    assert response.headers["x-content-type-options"] == "nosniff"
    monkeypatch.undo()
    assert await api.data(QUERY) == {"__typename": "Query"}


@pytest.mark.parametrize("target", ["encode", "rate_headers"])
async def test_a_fault_of_ours_while_an_answer_is_written_is_masked(
    api: Api, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    def fail(*_: Any) -> Any:
        monkeypatch.undo()
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(f"server.wire.endpoint.{target}", fail)
    response = await post(api.http, {"query": QUERY})
    assert response.status_code == 500
    assert_masked(response)


@pytest.mark.usefixtures("broken")
async def test_a_fault_of_ours_elsewhere_is_masked(api: Api) -> None:
    response = await api.http.get("/readyz")
    assert response.status_code == 500
    assert_masked(response)
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_names_are_suggested_in_development_only(settings: Settings) -> None:
    for environment, suggested in (("development", True), ("production", False)):
        async with serving(settings.model_copy(update={"environment": environment})) as api:
            assert ("Did you mean" in (await api.error("{ postss { totalCount } }"))["message"]) == suggested
