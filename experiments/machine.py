"""Where figures were measured: without it they say nothing."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import asyncpg

from experiments.scene import Scene

LIBRARIES = ("asyncpg", "graphql-core", "sqlalchemy", "strawberry-graphql")


async def machine(scene: Scene) -> dict[str, Any]:
    """The processor, how busy it was, and versions."""
    async with scene.connected() as connection:
        postgres = await _version(connection)
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load at the start, filling included": round(_load(), 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "postgresql": postgres,
        **{name: importlib.metadata.version(name) for name in ("broadsheet", *LIBRARIES)},
    }


async def _version(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SHOW server_version")).partition(" ")[0]


def _processor() -> str:
    """Its name, where the system says it (Linux), else the architecture's."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _load() -> float:
    """Processes that wanted to run, in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
