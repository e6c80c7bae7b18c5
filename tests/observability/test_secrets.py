"""Whatever fails, is slow or is traced: nothing secret stands in a line of the log, a span, a comment or a header."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.fixtures.accounts import person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import execute, settings_for
from tests.observability.collector import collecting
from tests.observability.logging_lines import logged

MARK = "M4RK"
"""Part of all that is secret here."""
LOGIN = (
    "mutation Log($login: String!, $password: String!) "
    "{ logIn(input: {login: $login, password: $password}) { accessToken } }"
)
SIGN_UP = (
    'mutation Up($password: String!) { signUp(input: {email: "m4rk@example.org", username: "m4rkus", name: "M", '
    "password: $password}) { accessToken refreshToken viewer { user { username } } } }"
)
SEARCH = "query Find($text: String!) { search(query: $text, first: 2) { totalCount edges { node { title } } } }"
INLINE = f'query Inline {{ posts(first: 2, where: {{authorUsername: "{MARK}inline"}}) {{ nodes {{ title }} }} }}'
TAG = "mutation Tag($name: String!) { createTag(input: {name: $name, description: $name}) { tag { name } } }"


@dataclass
class Seen:
    """All that left the process but for the answers' bodies."""

    text: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=lambda: [MARK])


def _with_password(url: str) -> str:
    """The same server, which asks for none."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"postgres:{MARK}database@").geturl()


@pytest.fixture
async def api(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Api, Seen]]:
    """An application that tells of everything."""
    seen = Seen()
    monkeypatch.setattr("server.observing.plans.PAUSE", 0.0)
    with collecting() as collector:
        settings = settings_for(
            _with_password(url),
            redis_url,
            cache=True,
            otlp_endpoint=collector.url,
            slow_operation=1e-9,
            slow_statement=1e-9,
            slow_plans=True,
            sql_comments="trace",
            log_level="debug",
            environment="production",
            server_timing=True,
        )
        with logged(settings, monkeypatch) as lines:
            async with serving(settings) as api:
                yield api, seen
        seen.text.append(lines.getvalue())
        assert lines.of("slow_statement")
        assert lines.of("slow_operation")
    assert collector.spans
    seen.text += [body.decode("utf-8", "replace") for body in collector.bodies]
    for text in seen.text:
        for secret in seen.secrets:
            before, found, after = text.partition(secret)
            assert not found, f"{before[-300:]}{found}{after[:100]}"


async def _ask(api: tuple[Api, Seen], query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
    headers = {} if token is None else {"authorization": token}
    response = await api[0].http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    api[1].text.append(str(response.headers))
    answer: dict[str, Any] = response.json()
    return answer


async def test_passwords_and_tokens_stay_secret(api: tuple[Api, Seen]) -> None:
    signed = await _ask(api, SIGN_UP, password=f"{MARK} correct horse battery")
    token = signed["data"]["signUp"]["accessToken"]
    assert "errors" not in await _ask(api, "{ viewer { id } }", f"Bearer {token}")
    await _ask(api, LOGIN, login="m4rkus", password=f"{MARK} wrong horse battery")
    await _ask(api, "{ viewer { id } }", f"Bearer {MARK}.token.forged")
    await _ask(api, "{ viewer { id } }", f"{MARK} odd scheme")
    api[1].secrets += [token, signed["data"]["signUp"]["refreshToken"]]


async def test_variables_and_values_in_documents_stay_secret(api: tuple[Api, Seen]) -> None:
    assert "errors" not in await _ask(api, SEARCH, text=f"{MARK}variable")
    assert "errors" not in await _ask(api, INLINE)
    await _ask(api, SEARCH, text=[f"{MARK}of a wrong type"])
    await _ask(api, "query Q($x: Int!) { posts(first: $x) { totalCount } }", x=f"{MARK}no number")
    await _ask(api, f'{{ nothing(x: "{MARK}invalid") }}')
    await _ask(api, f'{{ posts(after: "{MARK}no cursor") {{ totalCount }} }}')
    await asyncio.sleep(0.3)  # for plans


async def test_values_stay_secret_where_the_database_fails(api: tuple[Api, Seen], url: str) -> None:
    await execute(url, f"ALTER TABLE tags ADD CHECK (name NOT LIKE '{MARK[:2]}%')")
    writer = (await person(url, "writer", "AUTHOR")).headers["Authorization"]
    answer = await _ask(api, TAG, writer, name=f"{MARK}of a row that fails")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    await execute(url, "ALTER TABLE tags RENAME TO tags_that_were")
    answer = await _ask(api, TAG, writer, name=f"{MARK}without a table")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    answer = await _ask(api, "query T($s: String) { tags(startsWith: $s) { nodes { name } } }", s=f"{MARK}read")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_values_stay_secret_where_the_driver_refuses_them(
    api: tuple[Api, Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refusing(*_: object, **__: object) -> None:
        raise asyncpg.DataError(f"invalid input for query argument $1: '{MARK}' (an integer is required)")

    monkeypatch.setattr("db.connections.Connections.fetch", refusing)
    await _ask(api, SEARCH, text=f"{MARK}variable")


async def test_the_password_of_the_database_stays_secret_where_it_cannot_be_reached(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://marked:{MARK}database@127.0.0.1:9/none"
    settings = settings_for(url, redis_url, log_level="debug", slow_operation=1e-9, slow_plans=True)
    with logged(settings, monkeypatch) as lines:
        async with serving(settings) as api:
            answer = await api.post(SEARCH, text="any")
            assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert lines.of("slow_operation")
    assert MARK not in lines.getvalue()
