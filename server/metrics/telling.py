"""A process that serves tells its metrics to the one that Prometheus asks (`scraping`), by a socket of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from os import getpid
from pathlib import Path

from core.metrics import Metrics

END = b"# EOF\n"
"""Without it a text is not whole: its process died over it."""
LONGEST_NAME = 20
"""Bytes of the word that tells the process which worker it is."""


def socket_of(folder: Path, pid: int) -> Path:
    """Where a process tells."""
    return folder / str(pid)


@asynccontextmanager
async def told(metrics: Metrics, folder: Path) -> AsyncIterator[None]:
    """Tell whoever comes to this process's socket, and says which worker it is, while the block runs."""

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            worker = (await reader.read(LONGEST_NAME)).decode().strip()
            writer.write(await metrics.text(worker) + END)
            await writer.drain()
        writer.close()

    path = socket_of(folder, getpid())
    server = await asyncio.start_unix_server(tell, path)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
