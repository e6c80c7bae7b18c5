"""Runs what stands in this folder by Node.js, with the packages of its lock file."""

import asyncio
import fcntl
import os
from pathlib import Path

HERE = Path(__file__).parent


async def output_of(*command: str, given: str = "", **variables: str) -> str:
    """What a command prints that must succeed; `given` is its standard input, `variables` are its environment's."""
    # Not subprocess.run: fixtures may live in this event loop.
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=HERE,
        env=os.environ | variables,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, complaints = await asyncio.wait_for(process.communicate(given.encode()), timeout=300)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, f"{' '.join(command)}\n{printed.decode()}\n{complaints.decode()}"
    return printed.decode()


async def installed() -> None:
    """See that the packages are there, as `make clients` does."""
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    folder = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # another process of pytest may want the same
        if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
            await output_of("npm", "ci")
    finally:
        os.close(folder)
