"""What has served its time is deleted, and nothing else."""

from core.settings import Settings
from db.database import Database
from db.writes.housekeeping import delete_what_is_old
from tests.fixtures.servers import connected, execute

ROWS = """
INSERT INTO users (username, name) VALUES ('ann', 'ann');
DELETE FROM changes;
INSERT INTO changes (at, entity, kind) VALUES (now() - interval '{} minutes', 'post', 'INSERT');
INSERT INTO idempotency_keys (user_id, key, request_hash, created_at)
    SELECT id, 'key', '', now() - interval '{} minutes' FROM users;
INSERT INTO throttles (key, tries, since) VALUES ('address:x', 1, now() - interval '{} minutes');
INSERT INTO sessions (user_id, family_hash, token_hash, expires_at)
    SELECT id, 'f', 't', now() - interval '{} minutes' FROM users;
INSERT INTO events (position, xid, at, kind, is_public, author_ids, tags)
    SELECT 1, 1, now() - interval '{} minutes', 'POSTS_GAP', true, '{{}}', '{{}}';
DELETE FROM changes WHERE entity <> 'post'
"""
DAY = 24 * 60


async def _kept(url: str) -> dict[str, int]:
    tables = ("changes", "idempotency_keys", "throttles", "sessions", "events")
    async with connected(url) as connection:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def _after_housekeeping(settings: Settings, url: str, *minutes: int) -> tuple[dict[str, int], dict[str, int]]:
    for statement in ROWS.format(*minutes).split(";\n"):
        await execute(url, statement)
    database = Database(settings, url)
    try:
        deleted = await database.transact(delete_what_is_old)
    finally:
        await database.close()
    kept = await _kept(url)
    # That sessions went is a change, too.
    kept["changes"] -= deleted["sessions"]
    return deleted, kept


async def test_what_is_old_goes(settings: Settings, database_url: str) -> None:
    deleted, kept = await _after_housekeeping(settings, database_url, 361, DAY + 1, DAY + 1, 7 * DAY + 1, DAY + 1)
    assert set(deleted.values()) == {1}
    assert set(kept.values()) == {0}


async def test_what_is_not_old_stays(settings: Settings, database_url: str) -> None:
    deleted, kept = await _after_housekeeping(settings, database_url, 359, DAY - 1, DAY - 1, 7 * DAY - 1, DAY - 1)
    assert set(deleted.values()) == {0}
    assert set(kept.values()) == {1}


async def test_two_processes_do_not_do_it_at_the_same_time(settings: Settings, database_url: str) -> None:
    database = Database(settings, database_url)
    try:
        async with database.write() as first:
            await delete_what_is_old(first)
            async with database.write() as second:
                assert await delete_what_is_old(second) == {}
    finally:
        await database.close()
