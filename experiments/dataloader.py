"""Loaders that gather their keys against a query for each row."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from core.viewer import ANONYMOUS, Asker
from db.database import Database, ReadSession
from db.pages import PageArgs
from db.reads import tags, users
from db.reads.post_filter import PostFilter
from db.reads.post_pages import PostOrder
from db.reads.post_rows import PostRow
from experiments.charts.bars import Bar, BarChart
from experiments.feed import FEED, LISTED, newest
from experiments.measure import Work, in_turns, statements_of
from experiments.report import Report, Row
from experiments.scene import Scene
from loaders.registry import Loaders

COLUMNS = ("statements", "ms a feed", "ms of CPU", "times the loaders'")
AUTHOR = ("id", "name")
TAG = ("id", "name")
FEEDS = 4
"""Of one round."""

Feed = list[tuple[str, str, list[str]]]
"""Title, author, tags."""


async def run(scene: Scene) -> Report:
    """Read the feed in three ways, which must answer the same."""
    async with scene.database() as database:
        reads: dict[str, Callable[[], Awaitable[Feed]]] = {
            "loaders": lambda: by_loaders(database),
            "a query a row, all at once": lambda: by_row(database, at_once=True),
            "a query a row, in turn": lambda: by_row(database, at_once=False),
        }
        answers = [await read() for read in reads.values()]
        assert all(answer == answers[0] for answer in answers), "all ways read the same"
        statements = {name: await statements_of(read) for name, read in reads.items()}
        times = await in_turns(scene.sizes.rounds, {name: _repeated(read) for name, read in reads.items()}, FEEDS)
    least = times["loaders"].wall
    rows = [
        Row(name, dict(zip(COLUMNS, (statements[name], one.wall, one.cpu, one.wall / least), strict=True)))
        for name, one in times.items()
    ]
    bars = [Bar(row.name, float(row.figures[COLUMNS[1]]), f"{statements[row.name]} statements") for row in rows]
    return Report(
        title="DataLoader, and a query for each row",
        compared=f"The feed of the {FEED} newest posts with authors and tags: by the loaders of the API, which gather "
        "keys and send one statement for all of them; and by the same reads with one key each, side by side or one "
        "after another. All three answer the same.",
        measured=f"Statements are counted. Time is that of one feed, {FEEDS} a round, median of {scene.sizes.rounds} "
        "rounds; CPU is that of the reading process. GraphQL itself is left out.",
        reading="The number of statements is what matters: three for loaders, however many posts there are, and one "
        "and two for each post otherwise. Here the database is on the same machine, and a statement that finds one row "
        "is as cheap as it gets; over a network each one waits, too. Side by side they overlap the waiting, but all "
        "want a connection and the same processor.",
        columns=COLUMNS,
        rows=rows,
        chart=BarChart(
            "DataLoader, and a query for each row", f"{FEED} posts with authors and tags", "ms a feed", [("", bars)]
        ),
    )


def _repeated(read: Callable[[], Awaitable[Feed]]) -> Work:
    async def several() -> None:
        for _ in range(FEEDS):
            await read()

    return several


async def by_loaders(database: Database) -> Feed:
    """As resolvers do: each post asks for what it needs, and the loaders gather."""
    loaders = Loaders(database.read(), Asker(ANONYMOUS))
    pages = loaders.posts.all.page(PostOrder(), PostFilter(), PageArgs(FEED), LISTED)
    posts = (await pages.load(None)).rows.rows

    async def item(post: PostRow) -> tuple[str, str, list[str]]:
        author, tagged = await asyncio.gather(
            loaders.users.by_id.reading(AUTHOR).load(post.author_id), loaders.tags.of_post.reading(TAG).load(post.id)
        )
        assert author is not None
        return post.title, author.name, [tag.name for tag in tagged]

    return list(await asyncio.gather(*(item(post) for post in posts)))


async def by_row(database: Database, *, at_once: bool) -> Feed:
    """As resolvers would without loaders: a statement for each author and for each post's tags."""
    session = database.read()
    posts = (await newest(session)).rows
    if at_once:
        return list(await asyncio.gather(*(_item(session, post) for post in posts)))
    return await _in_turn(session, posts)


async def _in_turn(session: ReadSession, posts: Sequence[PostRow]) -> Feed:
    return [await _item(session, post) for post in posts]


async def _item(session: ReadSession, post: PostRow) -> tuple[str, str, list[str]]:
    [(_, author)] = await users.by_id(session, [post.author_id], AUTHOR)
    tagged = await tags.of_posts(session, [post.id], TAG)
    return post.title, author.name, [tag.name for _, tag in tagged]
