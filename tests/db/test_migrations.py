import pytest

from core.errors import ServiceError
from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import ADVISORY_LOCK, downgrade, drift, head, upgrade
from tests.fixtures.servers import connected, execute


async def test_models_say_what_the_migrations_say(database_url: str) -> None:
    assert await drift(database_url) == []


async def test_drift_is_noticed(database_url: str) -> None:
    await execute(database_url, "ALTER TABLE tags ADD COLUMN colour text")
    assert len(await drift(database_url)) == 1


async def test_migrations_go_down_and_up_again(database_url: str) -> None:
    settings = load_settings()
    assert await downgrade(settings, database_url, "base") == (head(), None)
    async with connected(database_url) as connection:
        left = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic%'"
        )
        functions = await connection.fetch("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    assert (left, functions) == ([], [])
    assert await upgrade(settings, database_url) == (None, head())
    assert await drift(database_url) == []


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    assert await upgrade(load_settings(), database_url) == (head(), head())


async def test_a_second_process_waits_and_gives_up_in_time(database_url: str) -> None:
    settings = load_settings(migration_lock_timeout=0.2)
    async with connected(database_url) as other:
        await other.execute(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        with pytest.raises(ServiceError, match="nothing was changed"):
            await upgrade(settings, database_url)


async def test_a_failing_migration_leaves_nothing_behind(postgres: EmbeddedPostgres) -> None:
    await execute(postgres.url(), "CREATE DATABASE taken")
    url = postgres.url("taken")
    await execute(url, "CREATE TABLE posts (id int)")
    with pytest.raises(ServiceError, match="nothing was changed"):
        await upgrade(load_settings(), url)
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT to_regclass('users')") is None


async def test_a_server_that_is_not_there_is_said_with_what_to_do() -> None:
    with pytest.raises(ServiceError, match="start it, or correct DATABASE_URL"):
        await upgrade(load_settings(), "postgresql://nobody:secret@127.0.0.1:1/none")
