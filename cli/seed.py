import asyncio
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Column, Table

from cli.database import opened_database
from cli.progress import progress
from cli.servers import direct_url, servers
from core.logs import configure_logs
from core.settings import Settings, load_settings
from db.seed.load import seed_database
from db.seed.plan import SeedPlan


def seed(
    posts: Annotated[int, typer.Option(help="How many posts; the other numbers follow from it.")] = 1_000,
    users: Annotated[int | None, typer.Option(help="How many users.", show_default="one for 20 posts")] = None,
    tags: Annotated[int | None, typer.Option(help="How many tags.", show_default="one for 100 posts")] = None,
    comments: Annotated[int | None, typer.Option(help="How many comments.", show_default="three a post")] = None,
    seed: Annotated[int, typer.Option(help="The same number makes the same rows.")] = 1,
    append: Annotated[bool, typer.Option("--append", help="Seed beside the posts that are there already.")] = False,
) -> None:
    """Fill the database with made-up posts, for trying things out at size; a few get most of everything."""
    plan = SeedPlan(posts, users, tags, comments, seed)
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    started = perf_counter()
    with servers(settings) as settings, progress(console) as bar:
        written = asyncio.run(_seed(settings, plan, bar, append=append))
    seconds, rows = perf_counter() - started, sum(written.values())
    console.print(_summary(written))
    console.print(f"{rows:,} rows in {seconds:.1f} s: {rows / seconds:,.0f} rows a second.", highlight=False)


async def _seed(settings: Settings, plan: SeedPlan, bar: Progress, *, append: bool) -> dict[str, int]:
    async with opened_database(settings):
        totals = {"users": plan.user_count, "tags": plan.tag_count, "posts": plan.posts, "comments": plan.comment_count}
        tasks: dict[str, TaskID] = {}

        def on_progress(table: str, rows: int) -> None:
            if table not in totals:
                return
            # Bars come with the first rows: what is refused shows none.
            if not tasks:
                tasks.update((name, bar.add_task(name, total=total)) for name, total in totals.items())
            bar.advance(tasks[table], rows)

        return await seed_database(direct_url(settings), plan, on_progress, append=append)


def _summary(written: dict[str, int]) -> Table:
    table = Table("table", Column("rows", justify="right"))
    for name, number in written.items():
        table.add_row(name, f"{number:,}")
    return table
