"""All experiments, in the order in which they run: those that write come last."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from core.errors import ServiceError, SettingsError
from experiments import caching, concurrency, dataloader, index, pages, pool, projection, rows
from experiments.report import Report
from experiments.scene import Scene

Experiment = Callable[[Scene], Awaitable[Report]]

EXPERIMENTS: dict[str, Experiment] = {
    "pool": pool.run,
    "concurrency": concurrency.run,
    "dataloader": dataloader.run,
    "rows": rows.run,
    "pages": pages.run,
    "projection": projection.run,
    "index": index.run,
    "cache": caching.run,
}


async def conduct(name: str, scene: Scene) -> Report:
    """Run one experiment.

    Raises:
        ServiceError: the servers did not bear it; what was found before stays.

    """
    try:
        return await EXPERIMENTS[name](scene)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ServiceError(
            f"the experiment {name} stopped: {error}. Run it alone with --experiments {name}, when the machine has "
            "less to do, or with fewer --posts"
        ) from error


def chosen(names: str) -> Sequence[str]:
    """The experiments of a list with commas, in the order of the catalogue; all of them for an empty one.

    Raises:
        SettingsError: a name that is none; the message says which there are.

    """
    asked = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(asked - EXPERIMENTS.keys()):
        raise SettingsError(f"there is no experiment {', '.join(unknown)}: take from {', '.join(EXPERIMENTS)}")
    return [name for name in EXPERIMENTS if name in asked or not asked]
