"""`broadsheet backup` and `broadsheet restore`: whole or not at all, and nothing over what is there."""

import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import ServiceError
from core.settings import Settings
from db.backups import _environment, dump, restore
from db.database import Database
from db.embedded import EmbeddedPostgres
from db.renewal import AHEAD, EVENTS_AHEAD, renew
from tests.fixtures.accounts import bearer, person
from tests.fixtures.live import COMMAND, clean_environment, started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase, connected, execute
from tests.model.shaped import shaped
from tests.model.write import write

TITLES = {"query": "{ posts { totalCount nodes { title author { name } } } }"}


def _nothing() -> None:
    """No progress is shown."""


def _run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(DATABASE_URL=url)
    return subprocess.run([str(COMMAND), *words], env=environment, capture_output=True, text=True, check=False)


def _asked(url: str, query: dict[str, str], headers: dict[str, str] | None = None) -> Any:
    return httpx.post(f"{url}/graphql", json=query, headers=headers, timeout=60).json()


@pytest.fixture
async def blog(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(2), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    return url


@pytest.fixture
async def empty(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> str:
    name = f"empty_{abs(hash(request.node.name))}"
    await execute(postgres.url(), f"CREATE DATABASE {name}")
    return postgres.url(name)


async def _state(url: str) -> list[object]:
    """All rows of what people wrote."""
    tables = ("users", "posts", "post_tags", "post_coauthors", "post_listings", "comments", "tags", "revisions")
    async with connected(url) as connection:
        return [await connection.fetch(f"SELECT * FROM {table} AS t ORDER BY t::text") for table in tables]


async def test_what_is_restored_is_what_was_backed_up(blog: str, empty: str, redis_url: str, tmp_path: Path) -> None:
    path = tmp_path / "blog.dump"
    done = _run(blog, "backup", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "can be read to its end" in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    done = _run(empty, "restore", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"All rows of {path} are there. The database is at this version's schema." in done.stdout
    assert await _state(empty) == await _state(blog)
    done = _run(empty, "restore", str(path))
    assert done.returncode == 1
    assert "the database is not empty: make another one" in done.stderr
    with started(DATABASE_URL=empty, REDIS_URL=redis_url) as server:
        answer = _asked(server.url, TITLES)
    assert answer["data"]["posts"]["totalCount"] > 1


async def test_ids_of_the_time_that_is_lost_are_not_given_again(blog: str, settings: Settings) -> None:
    before = await person(blog, "vera", "READER")
    database = Database(settings, blog)
    try:
        await database.transact(renew)
    finally:
        await database.close()
    after = await person(blog, "found", "READER")
    assert after.id == before.id + AHEAD + 1
    assert after.session_id == before.session_id + AHEAD + 1
    async with connected(blog) as connection:
        assert await connection.fetchval("SELECT position FROM event_log") >= EVENTS_AHEAD


async def test_a_token_of_the_time_that_is_lost_lets_nobody_in(
    blog: str, redis_url: str, postgres: EmbeddedPostgres
) -> None:
    """The restore was by other means, so it is said by `broadsheet after-restore`."""
    await person(blog, "vera", "READER")
    name = blog.partition("@/")[2].partition("?")[0]
    await execute(postgres.url(), f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    lost = await person(blog, "lost", "ADMIN")
    restored = postgres.url(f"{name}_copy")
    assert _run(restored, "after-restore").returncode == 0
    await person(restored, "found", "ADMIN")
    keys = {"BROADSHEET_TOKEN_KEYS": TOKEN_KEY}
    with started(DATABASE_URL=restored, REDIS_URL=redis_url, **keys) as server:
        headers = bearer(lost.id, lost.session_id)
        query = {"query": "{ viewer { user { username } } }"}
        answer = _asked(server.url, query, headers)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("harm", ["cut off", "flipped", "none"])
async def test_a_file_that_is_not_whole_leaves_the_database_empty(
    harm: str, blog: str, empty: str, tmp_path: Path
) -> None:
    path = tmp_path / "blog.dump"
    dump(blog, path, _nothing)
    content = bytearray(path.read_bytes())
    if harm == "cut off":
        content = content[: len(content) // 2]
    if harm == "flipped":
        middle = len(content) * 3 // 4
        content[middle : middle + 64] = bytes(64)
    if harm == "none":
        content = bytearray(b"-- a text\n")
    path.write_bytes(content)
    with pytest.raises(ServiceError, match="pg_restore failed"):
        restore(empty, path, _nothing)
    async with connected(empty) as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0
        )


async def test_a_file_that_is_there_is_not_written_over(blog: str, tmp_path: Path) -> None:
    path = tmp_path / "blog.dump"
    path.write_text("mine")
    with pytest.raises(ServiceError, match="is there already: name another file"):
        dump(blog, path, _nothing)
    assert path.read_text() == "mine"
    with pytest.raises(ServiceError, match="cannot be written: No such file or directory"):
        dump(blog, tmp_path / "nowhere" / "blog.dump", _nothing)


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="pg_dump failed"):
        dump("postgresql://nobody:hidden@127.0.0.1:1/none", tmp_path / "blog.dump", _nothing)
    assert list(tmp_path.iterdir()) == []


async def test_an_empty_database_is_probably_the_wrong_one(empty: str, tmp_path: Path) -> None:
    done = _run(empty, "backup", str(tmp_path / "blog.dump"))
    assert done.returncode == 1
    assert "the database is empty" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_no_argument() -> None:
    url, environment = _environment("postgresql://anna:p%40ss@db.example:5433/blog?sslmode=require")
    assert url == "postgresql://anna@db.example:5433/blog?sslmode=require"
    assert environment["PGPASSWORD"] == "p@ss"
    assert _environment("postgresql://anna@db.example/blog")[0] == "postgresql://anna@db.example/blog"
