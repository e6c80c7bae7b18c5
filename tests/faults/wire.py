"""HTTP/1.1 over one connection that is kept, in few lines, so that the load costs less than the servers."""

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson

PATIENCE = 40.0
"""Seconds; a server gives each request ten."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over the wire."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def is_hit(self) -> bool:
        return self.headers.get(b"cache-status", b"").endswith(b"hit")


def post(query: str, variables: dict[str, object] | None = None, headers: dict[str, str] | None = None) -> bytes:
    """A request by POST."""
    body = orjson.dumps({"query": query, "variables": variables or {}})
    return _head("POST", "/graphql", {"Content-Type": "application/json", **(headers or {})}, len(body)) + body


def get(query: str, headers: dict[str, str] | None = None) -> bytes:
    """A request by GET."""
    return _head("GET", f"/graphql?{urlencode({'query': query})}", headers or {}, None)


def probe(path: str) -> bytes:
    """A request for anything else that is served."""
    return _head("GET", path, {}, None)


def _head(method: str, target: str, headers: dict[str, str], length: int | None) -> bytes:
    given = {"Host": "broadsheet.test", "Accept": "application/json", **headers}
    if length is not None:
        given["Content-Length"] = str(length)
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Connection:
    """One connection to one port, opened when first used and again after it broke."""

    def __init__(self, port: int, patience: float = PATIENCE) -> None:
        self._port = port
        self._patience = patience
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self) -> None:
        """Connect, if it is not."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, request: bytes) -> Reply:
        """Send and wait for the answer.

        Raises:
            OSError: there is no such server, or it hung up.
            TimeoutError: it did not answer in time; an OSError, too.

        """
        try:
            async with asyncio.timeout(self._patience):
                await self.open()
                assert self._streams is not None
                reader, writer = self._streams
                writer.write(request)
                reply = await _reply(reader)
        except asyncio.IncompleteReadError as error:
            await self.close()
            raise ConnectionResetError("hung up") from error
        except BaseException:
            await self.close()
            raise
        if reply.headers.get(b"connection") == b"close":
            await self.close()
        return reply

    @property
    def is_closed(self) -> bool:
        """Whether the server has hung up."""
        return self._streams is not None and self._streams[0].at_eof()

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _reply(reader: asyncio.StreamReader) -> Reply:
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return Reply(int(first.split(b" ", 2)[1]), headers, body)
