"""A database that is brought back as it was, while all who knew what came after are still there."""

import shutil
import subprocess
from pathlib import Path

from db.backups import _program
from db.embedded import EmbeddedPostgres
from db.embedded_account import account
from tests.fixtures.api import Api
from tests.fixtures.servers import connected, execute

POST = '{ post(by: {id: "UG9zdDox"}) { title } }'


async def ask(api: Api, query: str = POST) -> tuple[str, str]:
    """The title, and what became of the question: `hit` or another word."""
    answer = await api.http.post("/graphql", json={"query": query})
    return answer.json()["data"]["post"]["title"], answer.headers["cache-status"].partition("; ")[2].partition(";")[0]


async def retitle(url: str, title: str) -> None:
    """Write as somebody with psql does."""
    async with connected(url) as connection:
        await connection.execute("UPDATE posts SET title = $1 WHERE id = 1", title)


async def swap(postgres: EmbeddedPostgres, name: str, other: str) -> None:
    """Have another database served under a name; it takes place at once, as far as anybody can see."""
    for one in (name, other):
        await execute(postgres.url(), f"ALTER DATABASE {one} ALLOW_CONNECTIONS false")
        await execute(postgres.url(), f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{one}'")
    await execute(postgres.url(), f"ALTER DATABASE {name} RENAME TO {name}_lost")
    await execute(postgres.url(), f"ALTER DATABASE {other} RENAME TO {name}")
    await execute(postgres.url(), f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def copied(postgres: EmbeddedPostgres, name: str, copy: str) -> None:
    """Keep a database as it is now; those who are connected lose their connections."""
    await execute(postgres.url(), f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await execute(postgres.url(), f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    await execute(postgres.url(), f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY file_copy")
    await execute(postgres.url(), f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def program(name: str) -> str:
    """One of PostgreSQL's own."""
    return _program(name)


def give(folder: Path) -> None:
    """Let the account of PostgreSQL have a folder, where that is not ours."""
    user = account()
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, user)


def run(*command: str) -> None:
    """Run a program that must succeed."""
    subprocess.run(command, check=True, capture_output=True)
