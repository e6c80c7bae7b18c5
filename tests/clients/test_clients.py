"""Clients as their users write them, against a server of their own: see docs/clients.md."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql.documents.documents import Asked, Documents
from gql.documents.trusted import read_manifest
from gql.schema import build_schema
from tests.clients.node import HERE, installed, output_of
from tests.fixtures.live import started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase
from tests.limits.inlined import settings_with

CLIENTS = ["apollo", "urql", "relay/posts", "codegen", "request", "subscriptions/clients"]

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="the clients are run by Node.js 20 or later")


@pytest.fixture(scope="module")
async def built() -> Path:
    """The folder with what the compilers made of the clients; all types are checked then."""
    await installed()
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
    printed = await output_of("node", "--test", "--test-reporter=tap", f"build/{client}.test.js", **servers)
    assert "# skipped 0\n" in printed, printed


@pytest.mark.parametrize("manifest", ["persisted.json", "src/generated/persisted-documents.json"])
async def test_a_manifest_of_a_compiler_is_taken(manifest: str, built: Path) -> None:
    documents = Documents(build_schema(), settings_with(trusted_documents=built / manifest))
    texts = read_manifest(built / manifest)
    assert texts
    for key, text in texts.items():
        assert (await documents.find(Asked(trusted_id=key))).text == text


def test_every_client_is_run() -> None:
    sources = HERE / "src"
    found = {path.relative_to(sources).as_posix().removesuffix(".test.ts") for path in sources.rglob("*.test.ts")}
    assert found == {*CLIENTS}
