"""A process dies between two steps: what others serve is what the database has, and hits come back."""

import json
from contextlib import suppress
from typing import Any

import pytest

from tests.faults.blog import ONE_POST, WRITTEN
from tests.faults.dying import DYING
from tests.faults.wire import Connection, post
from tests.faults.world import World, until
from tests.fixtures.servers import connected

SLUG = WRITTEN[0]
UPDATE = "mutation ($input: UpdatePostInput!) { updatePost(input: $input) { post { version } userErrors { message } } }"
COMMITS = {"it has committed and not told", "it has committed and not answered", "it has told and perhaps not answered"}


async def _read(world: World, number: int) -> tuple[int, bool]:
    """The version that a server process shows, and whether it had kept that."""
    client = Connection(world.servers[number].port)
    try:
        reply = await client.ask(post(ONE_POST[SLUG].text))
    finally:
        await client.close()
    return json.loads(reply.body)["data"]["post"]["version"], reply.is_hit


@pytest.mark.parametrize("when", DYING)
async def test_a_process_dies_when(world: World, when: str) -> None:
    for number in (0, 1):
        await _read(world, number)
    async with connected(world.database_url) as connection:
        version = "SELECT version FROM posts WHERE slug = $1"
        before = await connection.fetchval(version, SLUG)
        given: dict[str, Any] = {"id": world.blog.ids[SLUG], "title": f"{SLUG} r{before + 1}"}
        async with world.others("dying", when, "redis", 1) as [dying]:
            client = Connection(dying.port)
            question = post(ONE_POST[SLUG].text.replace("slug version", "id slug version"))
            written = post(UPDATE, {"input": given}, world.blog.editor.headers)
            with suppress(OSError, EOFError) if "perhaps" in when else pytest.raises((OSError, EOFError)):
                await client.ask(question if "stored" in when else written)
            await client.close()
            # Not in the end, but at once.
            after = await connection.fetchval(version, SLUG)
            assert after == before + (when in COMMITS)
            assert [(await _read(world, number))[0] for number in (0, 1)] == [after] * 2

    async def is_kept() -> bool:
        return all([(await _read(world, number))[1] for number in (0, 1)])

    await until("both serve it from what they kept", is_kept)
