"""Makes every fault at its full length, and records what was counted: `python -m tests.faults.report [WORDS]`.

With words, only the faults whose titles have them are made anew; what was recorded of the others stays.
"""

import asyncio
import dataclasses
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from tests.docs.documents import ROOT
from tests.faults.all_faults import FAULTS, by_place
from tests.faults.counted import Fault, counted, wrong
from tests.faults.grounds import SERVERS, grounds
from tests.faults.recorded import RECORD, recorded
from tests.faults.small_disk import NotHereError
from tests.faults.world import World
from tests.fixtures.budget import luck
from tests.fixtures.servers import connected


async def record(words: str) -> bool:
    """Make the faults, and write what came of them; whether all was well."""
    found = recorded() if words and RECORD.exists() else {"faults": {}}
    is_well = True
    for (plane, workers), titles in by_place():
        wanted = [title for title in titles if words in title]
        if not wanted:
            continue
        async with grounds(plane, workers) as world:
            found["machine"] = await _machine(world)
            for title in wanted:
                fault = FAULTS[title]
                is_well &= await _made(world, title, fault, found["faults"])
                _write(found)
    return is_well


def _write(found: dict[str, Any]) -> None:
    found["faults"] = {title: found["faults"][title] for title in FAULTS if title in found["faults"]}
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


async def _made(world: World, title: str, fault: Fault, faults: dict[str, Any]) -> bool:
    try:
        counts = await counted(world, fault, fault.seconds, luck(title))
    except NotHereError as error:
        _say(f"{title}: not here: {error}")
        return True
    failures = wrong(fault, counts, fault.workers or SERVERS)
    faults[title] = dataclasses.asdict(counts)
    _say(f"{title}: {counts.requests} requests, errors {counts.errors}, {'; '.join(failures) or 'well'}")
    return not failures


async def _machine(world: World) -> dict[str, object]:
    async with connected(world.database_url) as connection:
        postgres = str(await connection.fetchval("SHOW server_version")).partition(" ")[0]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": next(_processors(), platform.machine()),
        "cores": os.cpu_count(),
        "load at the start": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "asyncpg": asyncpg.__version__,
        "postgresql": f"{postgres}, with fsync",
        "redis": (await world.asked.info("server"))["redis_version"],
    }


def _processors() -> Iterator[str]:
    path = Path("/proc/cpuinfo")
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("model name"):
            yield line.partition(":")[2].strip()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    all_is_well = asyncio.run(record(" ".join(sys.argv[1:])))
    _say(f"written to {RECORD.relative_to(ROOT)}; now: python -m tests.docs.generated")
    sys.exit(not all_is_well)
