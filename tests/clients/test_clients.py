"""Clients as their users write them, against a server of their own: see docs/clients.md."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.live import started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase

HERE = Path(__file__).parent
CLIENTS = ["apollo", "urql", "relay/posts", "codegen", "request"]

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="the clients are run by Node.js 20 or later")


async def output_of(*command: str, **variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=HERE,
        env=os.environ | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), timeout=300)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, f"{' '.join(command)}\n{printed.decode()}"
    return printed.decode()


@pytest.fixture(scope="module")
async def built() -> Path:
    """The folder of what the compilers generated; the types are checked then."""
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        await output_of("npm", "ci")
    await output_of("node", "build.mjs")
    return HERE


@pytest.fixture(scope="module")
async def servers(built: Path, new_database: NewDatabase, redis_url: str) -> AsyncIterator[dict[str, str]]:
    """The addresses of two servers of one blog: one for all documents, one for those of Relay's manifest alone."""
    common = {
        "DATABASE_URL": await new_database(),
        "REDIS_URL": redis_url,
        "BROADSHEET_TOKEN_KEYS": TOKEN_KEY,
        "BROADSHEET_TRUSTED_DOCUMENTS": str(built / "persisted.json"),
        "BROADSHEET_LOGIN_TRIES_BY_ADDRESS": "1000",
        "BROADSHEET_RATE_ANONYMOUS": "1000000",
        "BROADSHEET_RATE_ANONYMOUS_BURST": "1000000",
    }
    with started(**common) as one, started(**common, BROADSHEET_TRUSTED_DOCUMENTS_ONLY="true") as other:
        yield {"BROADSHEET_URL": f"{one.url}/graphql", "BROADSHEET_TRUSTED_URL": f"{other.url}/graphql"}


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_works_as_its_users_expect(client: str, servers: dict[str, str]) -> None:
    await output_of("node", "--test", f"build/{client}.test.js", **servers)
