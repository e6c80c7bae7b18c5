"""Redis says what is true, whatever happens to those who tell it."""

import asyncio
import time
from typing import Any

import pytest

from cache.control import ControlPlane
from cache.line import RedisUnavailableError
from server.responses import keeper
from server.responses.marks import WAIT, Mark, Marks
from server.responses.watermark import LEASE
from tests.fixtures.servers import connected, execute
from tests.responses.two import OTHER, Two


async def _fail(*_: object) -> bool:
    raise RedisUnavailableError("gone")


async def _nothing(*_: object) -> None:
    pass


async def test_a_write_is_seen_at_once_and_what_it_did_not_touch_is_kept(two: Two) -> None:
    await two.warm()
    looks = [api.responses.planes.clock.looks for api in two.apis if api.responses is not None]
    for number in range(5):
        await two.retitle(number % 2, f"New {number}")
        for process in (0, 1):
            assert f"New {number}" in (await two.ask(process))[0]
            assert (await two.ask(process, OTHER))[1] == "hit"
    after = [api.responses.planes.clock.looks for api in two.apis if api.responses is not None]
    # Redis was asked, not PostgreSQL, but for a look now and then.
    assert sum(after) - sum(looks) < 20
    assert all(two.watermark(process).count >= 6 for process in (0, 1))


async def test_what_is_about_to_be_written_is_not_served_from_the_cache(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.warm()
    marked, go_on = asyncio.Event(), asyncio.Event()
    announce = Marks.announce

    async def announce_and_wait(self: Marks, session: Any) -> Mark | None:
        mark = await announce(self, session)
        marked.set()
        await go_on.wait()
        return mark

    monkeypatch.setattr(Marks, "announce", announce_and_wait)
    writing = asyncio.create_task(two.retitle(0, "New"))
    try:
        async with asyncio.timeout(60):
            await marked.wait()
        text, status = await two.ask(1)
        assert "New" not in text  # it is not committed
        assert status == "fwd=miss"
        assert (await two.ask(1, OTHER))[1] == "hit"
    finally:
        go_on.set()
        await writing
    assert "New" in (await two.ask(1))[0]


async def test_a_fill_from_before_a_commit_is_not_believed_after_it(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classic: read before, store after."""
    responses = two.apis[1].responses
    assert responses is not None
    land = type(responses).land
    held: list[tuple[Any, ...]] = []
    monkeypatch.setattr(type(responses), "land", lambda *given: held.append(given))
    await two.ask(1)
    monkeypatch.setattr(type(responses), "land", land)
    await two.retitle(0, "New")
    [given] = held
    land(*given)
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]


async def test_a_process_that_died_before_it_told_is_told_for(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    await two.warm()
    monkeypatch.setattr(Marks, "end", _nothing)
    await two.retitle(0, "New")
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]
    await two.until_hit(1)
    assert not two.watermark(1).pending


async def test_marks_of_what_was_rolled_back_go_away(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "REAP_AFTER", 0.2)
    await two.warm()
    async with connected(two.url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        xid = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
        mark = two.watermark(0)
        assert await mark._control.mark(mark.epoch, mark._clock.plane.run_id, xid, ["post:1"])
        await asyncio.sleep(1.5)
        # Somebody marked, and is still at work: nobody removes his marks, whatever the time.
        assert (await two.ask(1))[1] == "fwd=miss"
        assert two.watermark(1).pending == {"post:1": {xid}}
        await transaction.rollback()
    async with asyncio.timeout(60):
        while two.watermark(1).pending:
            await two.ask(1)
            await asyncio.sleep(0.05)
    await two.ask(1)
    assert (await two.ask(1))[1] == "hit"


async def test_who_cannot_mark_answers_when_nobody_can_be_fooled(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    await two.warm()
    monkeypatch.setattr(ControlPlane, "mark", _fail)
    monkeypatch.setattr(keeper, "REOPEN_AFTER", 60)
    began = time.monotonic()
    await two.retitle(0, "New")
    assert time.monotonic() - began >= WAIT
    assert "New" in (await two.ask(1))[0]
    # Soon nobody believes Redis: then nobody need wait any more.
    await two.until("closed")
    before = time.monotonic()
    await two.retitle(0, "Newer")
    assert time.monotonic() - before < WAIT
    assert "Newer" in (await two.ask(1))[0]


async def test_what_is_written_behind_the_api_is_noticed_in_time(two: Two) -> None:
    await two.warm()
    for number in range(5):
        await execute(two.url, f"UPDATE posts SET title = 'Raw {number}' WHERE id = 1")
        await asyncio.sleep(LEASE)
        for process in (0, 1):
            assert f"Raw {number}" in (await two.ask(process))[0]
        assert (await two.ask(0, OTHER))[1] == "hit"
    await two.until_hit(0)
