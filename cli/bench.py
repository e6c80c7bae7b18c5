import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from cli.progress import progress
from core.errors import ServiceError, SettingsError
from core.logs import configure_logs
from core.settings import load_settings
from experiments.catalogue import EXPERIMENTS, chosen, conduct
from experiments.machine import machine
from experiments.report import Report, cells
from experiments.scene import QUICK, Scene, Sizes, fill, opened

RESULTS = "results.json"
LEAST = 200
"""Posts that are enough for a feed, whatever the seed makes of them."""


def bench(
    experiments: Annotated[
        str, typer.Option(help=f"Which, with commas between: {', '.join(EXPERIMENTS)}.", show_default="all")
    ] = "",
    output: Annotated[Path, typer.Option(help="The folder for charts and figures.")] = Path("bench-results"),
    posts: Annotated[
        int | None, typer.Option(help="How many posts to make; 120,000 have ten thousand pages.", show_default="20000")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A few seconds, to see that it works; figures say little.")
    ] = False,
) -> None:
    """Run experiments that show what makes it fast, on PostgreSQL and Redis servers of their own.

    Each compares two ways or more of doing the same, prints a table, and draws a chart as SVG; all figures are in
    results.json. They work in a temporary folder, never on your database.
    """
    names = chosen(experiments)
    sizes = QUICK if quick else Sizes()
    if posts is not None:
        if posts < LEAST:
            raise SettingsError(f"--posts must be at least {LEAST}, not {posts}: the experiments need a full feed")
        sizes = replace(sizes, posts=posts)
    configure_logs(load_settings())
    console = Console()
    _make(output)
    with opened(sizes) as scene, progress(console) as bar:
        asyncio.run(_run(scene, names, bar, output))
    charts = "1 chart" if len(names) == 1 else f"{len(names)} charts"
    console.print(f"{charts} and {RESULTS} are in {output}.", highlight=False, soft_wrap=True)


async def _run(scene: Scene, names: Sequence[str], bar: Progress, output: Path) -> None:
    seeding = bar.add_task("posts", total=scene.sizes.posts)
    await fill(scene, lambda table, rows: bar.advance(seeding, rows) if table == "posts" else None)
    experiments: dict[str, Any] = {}
    found = {"machine": await machine(scene), "sizes": asdict(scene.sizes), "experiments": experiments}
    running = bar.add_task("experiments", total=len(names))
    for name in names:
        bar.update(running, description=name)
        report = await conduct(name, scene)
        experiments[name] = report.as_json()
        _write(output / f"{name}.svg", report.chart.draw())
        _write(output / RESULTS, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        bar.console.print(_table(report))
        bar.advance(running)
    bar.update(running, description="experiments")


def _table(report: Report) -> Table:
    table = Table(Column(""), *(Column(name, justify="right") for name in report.columns), title=report.title)
    for row in report.rows:
        table.add_row(row.name, *cells(row.figures, report.columns))
    return table


def _make(output: Path) -> None:
    """Make the folder before anything is measured: whoever waited for minutes wants to have the figures."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        _write(output / RESULTS, "{}\n")
    except OSError as error:
        raise _cannot_be_written(output, error) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def _cannot_be_written(path: Path, error: OSError) -> ServiceError:
    return ServiceError(f"{path} cannot be written ({error.strerror}): name another folder with --output")
