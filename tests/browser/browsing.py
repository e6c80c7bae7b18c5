"""What a visit in a browser takes: Node.js, npm packages, and a Chromium that runs here."""

import asyncio
import os
import platform
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HAS_BROWSER = (sys.platform, platform.machine()) == ("linux", "x86_64") or os.environ.get("PUPPETEER_EXECUTABLE_PATH")

NEEDS_BROWSER = [
    pytest.mark.skipif(not shutil.which("npm"), reason="the browser is driven by Node.js 20 or later"),
    pytest.mark.skipif(
        not HAS_BROWSER,
        reason="the packaged Chromium is for Linux on x86-64: set PUPPETEER_EXECUTABLE_PATH to another",
    ),
]


async def output_of(*command: str, folder: Path = HERE, failure: str = "It failed") -> str:
    """What a command printed; `failure` says what it means when it fails."""
    # Not subprocess.run: the server may live in this event loop.
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), timeout=300)
    except TimeoutError:
        process.terminate()  # Chromium ends with it
        await process.wait()
        raise
    assert process.returncode == 0, f"{failure}: {' '.join(command)}\n{stdout.decode()}\n{stderr.decode()}"
    return stdout.decode()


async def installed(folder: Path = HERE) -> None:
    """See that the npm packages of a folder are there, as its lock file has them."""
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        failure = f"The npm packages of {folder} cannot be had; see that npm reaches its registry"
        await output_of("npm", "ci", folder=folder, failure=failure)
