"""Keys and passwords are changed while requests are served: nobody is signed out, nothing fails."""

import subprocess

import httpx
import pytest
from pydantic import SecretStr

from core.access_tokens import read_keys
from core.settings import Settings
from tests.fixtures.accounts import Person, person
from tests.fixtures.api import serving
from tests.fixtures.live import COMMAND, clean_environment
from tests.fixtures.servers import TOKEN_KEY, connected, execute

VIEWER = {"query": "{ viewer { user { username } } }"}
REFRESH = (
    "mutation ($token: String!) { refreshSession(input: {refreshToken: $token}) { accessToken userErrors { code } } }"
)


def _new_key(*words: str) -> str:
    done = subprocess.run(
        [str(COMMAND), "token-key", *words], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


async def _is_let_in(http: httpx.AsyncClient, token: str) -> bool:
    answer = await http.post("/graphql", json=VIEWER, headers={"Authorization": f"Bearer {token}"})
    return "errors" not in answer.json()


async def _refreshed(http: httpx.AsyncClient, ann: Person) -> str:
    answer = await http.post("/graphql", json={"query": REFRESH, "variables": {"token": ann.refresh_token}})
    token: str = answer.json()["data"]["refreshSession"]["accessToken"]
    return token


async def test_a_key_is_rotated_in_three_steps(settings: Settings, database_url: str) -> None:
    new = _new_key("new")
    old = TOKEN_KEY
    assert list(read_keys(new)) == ["new"]
    ann = await person(database_url, "ann")
    steps = {name: settings.model_copy(update={"token_keys": SecretStr(keys)}) for name, keys in {
        "known": f"{old},{new}", "signs": f"{new},{old}", "alone": new,
    }.items()}  # fmt: skip
    # Of each step and the one before both run for a while: what one signs, the other must accept.
    async with serving(settings) as before, serving(steps["known"]) as known:
        assert await _is_let_in(known.http, ann.access_token)
        assert await _is_let_in(before.http, ann.access_token)
    async with serving(steps["known"]) as known, serving(steps["signs"]) as signs:
        assert await _is_let_in(signs.http, ann.access_token)
        token = await _refreshed(signs.http, ann)
        assert token.partition(".")[0] != ann.access_token.partition(".")[0]
        assert await _is_let_in(known.http, token)
        assert await _is_let_in(signs.http, token)
    async with serving(steps["alone"]) as alone:
        assert await _is_let_in(alone.http, token)
        assert not await _is_let_in(alone.http, ann.access_token)


def test_a_key_is_named_by_the_day_unless_it_is_named() -> None:
    assert len(read_keys(_new_key())) == 1
    done = subprocess.run(
        [str(COMMAND), "token-key", "a:b"], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "letters, digits" in done.stderr


@pytest.mark.parametrize("role", ["blue"])
async def test_the_role_of_the_database_is_changed_while_it_is_served(role: str, settings: Settings) -> None:
    """Two roles that take turns: connections that are open stay, and new ones come by the other role."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    name = f"{role}_{url.partition('@/')[2].partition('?')[0]}"
    await execute(url, f"CREATE ROLE {name} LOGIN PASSWORD 'two' IN ROLE pg_read_all_data, pg_write_all_data")
    await execute(url, f"ALTER ROLE {name} SUPERUSER")  # of the owner, whose tables a migration may change
    other = url.replace("postgres@", f"{name}:two@")
    second = settings.model_copy(update={"database_url": SecretStr(other)})
    async with serving(settings) as before, serving(second) as after:
        for api in (before, after):
            assert (await api.http.get("/readyz")).status_code == 200
        async with connected(url) as connection:
            roles = await connection.fetch(
                "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'broadsheet' AND datname = "
                "current_database()"
            )
        assert {row[0] for row in roles} == {"postgres", name}
    await execute(url, f"DROP ROLE {name}")
