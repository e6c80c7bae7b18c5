import subprocess

import pytest

from tests.fixtures.accounts import person
from tests.fixtures.live import COMMAND, clean_environment
from tests.fixtures.servers import NewDatabase, connected

PASSWORD = "correct horse battery"


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    return await new_database()


def _run(url: str, *words: str, typed: str = PASSWORD + "\n") -> subprocess.CompletedProcess[str]:
    environment = clean_environment(DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1/0")
    return subprocess.run(
        [str(COMMAND), "admin", *words], env=environment, input=typed, capture_output=True, text=True, check=False
    )


async def _users(url: str) -> list[tuple[str, str, str | None, bool]]:
    async with connected(url) as connection:
        rows = await connection.fetch("SELECT username, role, email, has_account FROM users ORDER BY id")
    return [tuple(row) for row in rows]


async def test_the_first_administrator_is_made(url: str) -> None:
    done = _run(url, "create", "vera", "--email", "Vera@example.org", "--name", "Vera Lund")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "vera is an administrator, and can sign in.\n"
    assert PASSWORD not in done.stdout
    assert await _users(url) == [("vera", "ADMIN", "Vera@example.org", True)]


async def test_an_imported_author_gets_an_account(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("INSERT INTO users (username, name) VALUES ('mara', 'Mara Quist')")
    assert _run(url, "create", "Mara", "--email", "mara@example.org").returncode == 0
    assert await _users(url) == [("mara", "ADMIN", "mara@example.org", True)]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("create", "vera", "--email", "vera@example.org"), "short\n", "password: A password has at least 12"),
        (("create", "vera", "--email", "vera@example.org"), "", "password: A password has at least 12"),
        (("create", "no name", "--email", "vera@example.org"), PASSWORD, "username: A username has"),
        (("create", "vera", "--email", "nonsense"), PASSWORD, "email: This is no e-mail address"),
        (("create", "ann", "--email", "vera@example.org"), PASSWORD, "broadsheet admin password ann"),
        (("create", "vera", "--email", "ANN@example.org"), PASSWORD, "email: "),
        (("password", "vera"), PASSWORD, "`broadsheet admin create` makes one"),
        (("password", "ann"), "short", "password: A password has at least 12"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    words: tuple[str, ...], typed: str, said: str, url: str
) -> None:
    await person(url, "ann")
    before = await _users(url)
    done = _run(url, *words, typed=typed)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert said in " ".join(done.stderr.split())
    assert await _users(url) == before


async def test_a_new_password_ends_all_sessions(url: str) -> None:
    ann = await person(url, "ann")
    assert _run(url, "password", "ann").returncode == 0
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT revoked_at FROM sessions WHERE id = $1", ann.session_id) is not None
        changed = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", ann.id)
    assert changed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
