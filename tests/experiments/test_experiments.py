"""What the experiments compare, by counts: whoever measures time must compare what he says he compares."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from db.reads.post_rows import PostRow
from db.seed.load import seed_database
from db.seed.plan import SeedPlan
from experiments import caching, concurrency, dataloader, index, pages, pool, projection, rows
from experiments.explain import explain
from experiments.feed import newest
from experiments.measure import in_turns, statements_of
from experiments.report import Report
from experiments.scene import QUICK, Scene
from tests.fixtures.servers import NewDatabase, connected

SIZES = replace(QUICK, posts=1_200)


@pytest.fixture(scope="module")
async def scene(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Scene]:
    url = await new_database()
    await seed_database(url, SeedPlan(SIZES.posts, least_words=200, most_words=600))
    yield Scene(url, redis_url, SIZES)
    async with connected(url) as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'"
        assert await connection.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {others}") == 0


def _column(report: Report, column: str) -> list[float | str]:
    return [row.figures[column] for row in report.rows]


async def test_a_pool_opens_what_it_may_and_the_others_one_for_each_request(scene: Scene) -> None:
    report = await pool.run(scene)
    requests = SIZES.requests * (SIZES.rounds + 1)
    one, each, several, each_of_several = _column(report, "connections opened")
    assert (one, each, each_of_several) == (1, requests, requests)
    assert 1 <= float(several) <= pool.POOL


async def test_threads_and_tasks_do_the_same_work(scene: Scene) -> None:
    report = await concurrency.run(scene)
    assert _column(report, "at once") == [1, 1, 1, 4, 4, 4]
    assert _column(report, "threads") == [1, 1, 1, 4, 1, 1]
    assert _column(report, "connections") == [1, 1, 1, 4, 4, 4]
    # Nobody can have more than one answer in the time of one statement and each who asks.
    limit = 1 / concurrency.WAIT
    for row in report.rows:
        assert float(row.figures["requests a second"]) <= limit * float(row.figures["at once"])


async def test_loaders_send_three_statements_and_rows_one_and_two_each(scene: Scene) -> None:
    async with scene.database() as database:
        assert await statements_of(lambda: dataloader.by_loaders(database)) == 3
        for at_once in (True, False):
            assert await statements_of(partial(dataloader.by_row, database, at_once=at_once)) == 1 + 2 * 50
    assert _column(await dataloader.run(scene), "statements") == [3, 101, 101]


async def test_more_rows_are_no_more_statements(scene: Scene) -> None:
    report = await rows.run(scene)
    assert set(_column(report, "statements")) == {5}
    found = [int(number) for number in _column(report, "rows")]
    assert found == sorted(set(found))
    # A post has an author, and there are comments enough that more posts bring more than themselves.
    assert found[0] >= 2
    assert found[-1] > 3 * rows.SIZES[-1]


async def test_an_index_is_gone_for_the_block_and_there_again(scene: Scene) -> None:
    name = "posts_status_published_idx"
    there = "SELECT indexdef FROM pg_indexes WHERE indexname = $1"
    async with scene.connected() as connection:
        before = await connection.fetchval(there, name)
        async with index.without(connection, name):
            assert await connection.fetchval(there, name) is None
        with pytest.raises(RuntimeError):
            async with index.without(connection, name):
                raise RuntimeError
        assert await connection.fetchval(there, name) == before


async def test_without_its_index_a_read_reads_what_there_is(scene: Scene) -> None:
    report = await index.run(scene)
    front, front_without, thread, thread_without = (int(read) for read in _column(report, "rows read"))
    assert front == 21
    assert front_without == SIZES.posts
    assert thread < thread_without
    assert [row.figures["by"] for row in report.rows][:2] == ["posts_status_published_idx", "Seq Scan posts"]


@pytest.mark.parametrize("page", [1, 2, 50])
async def test_a_page_by_cursor_reads_its_rows_and_by_offset_all_before(scene: Scene, page: int) -> None:
    async with scene.connected() as connection:
        asked = await pages.both(connection, page)
        read = {name: (await explain(connection, one)).rows_read for name, one in asked.items()}
    assert read == {"by cursor": pages.SIZE + 1, "by OFFSET": (page - 1) * pages.SIZE + pages.SIZE + 1}


async def test_pages_go_as_deep_as_there_are_posts(scene: Scene) -> None:
    report = await pages.run(scene)
    assert [row.name for row in report.rows if "cursor" in row.name] == [
        f"by cursor, page {page}" for page in (1, 10, 100)
    ]
    cursor, offset = _column(report, "rows read")[:3], _column(report, "rows read")[3:]
    assert cursor == [11, 11, 11]
    assert offset == [11, 101, 1_001]


async def test_bodies_are_not_read_where_nobody_asks_for_them(scene: Scene) -> None:
    report = await projection.run(scene)
    titles, summaries, whole = (float(size) for size in _column(report, "KB answered"))
    assert titles < summaries < whole / 10
    few, _, many = (float(pages) for pages in _column(report, "pages of 8 KB"))
    assert few < many


def test_whole_rows_have_all_that_can_be_read_of_a_post() -> None:
    assert set(projection.WHOLE) == set(PostRow.__annotations__)


async def test_what_is_kept_is_not_executed(scene: Scene) -> None:
    report = await caching.run(scene)
    hits = {row.name: float(row.figures["hits, %"]) for row in report.rows}
    statements = {row.name: float(row.figures["statements a request"]) for row in report.rows}
    assert [hits[caching.OFF], hits[caching.COLD], hits[caching.WARM]] == [0, 0, 100]
    assert 0 < hits[caching.STORM] < 100
    assert statements[caching.OFF] == 3
    assert statements[caching.COLD] >= 3
    assert statements[caching.WARM] < 1
    assert statements[caching.STORM] < statements[caching.OFF]


async def test_the_ways_are_timed_by_turns() -> None:
    calls: list[str] = []

    async def work(name: str) -> None:
        calls.append(name)

    times = await in_turns(3, {name: partial(work, name) for name in "ab"}, pieces=2)
    assert calls == list("abababab")
    assert times.keys() == {"a", "b"}


async def test_a_recorded_read_is_explained_with_its_values(scene: Scene) -> None:
    async with scene.connected() as connection:
        plan = await index.explained(connection, lambda session: newest(session, 5), rounds=1)
    assert plan.rows_read == 6
    assert plan.indexes == {"posts_status_published_idx"}
    assert plan.buffers > 0
