"""A connection to Redis that knows whom it talks to, and gives up in time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from cache.client import LOST
from cache.cluster import Place

Command = tuple[str | bytes | int | float, ...]


class RedisUnavailableError(Exception):
    """Redis gave no answer in time, or refused."""


class Line:
    """One connection, opened when it is first needed; one question at a time.

    Whatever goes wrong closes it: no answer is ever taken for that of another question.
    """

    def __init__(self, where: ConnectionPool | Place, timeout: float) -> None:
        self._where = where
        self._timeout = timeout
        self._connection: AbstractConnection | None = None
        self._turn = asyncio.Lock()
        self._is_ended = False
        self.run_id = ""
        """Of the server at the other end: another one after each restart, and after each change of its master."""

    async def ask(self, *commands: Command, within: float | None = None) -> list[Any]:
        """Send commands in one go; their answers, of which any may be a `ResponseError`.

        Raises:
            RedisUnavailableError: no answer in time.

        """
        try:
            async with asyncio.timeout(within or self._timeout), self._turn:
                return await self._asked(commands)
        except TimeoutError as error:
            raise RedisUnavailableError("no answer in time") from error
        except LOST as error:
            raise RedisUnavailableError(str(error)) from error

    async def renew(self) -> None:
        """Open another connection for the next question, and learn anew who is there."""
        async with self._turn:
            await self._close()

    def is_of(self, replication: bytes) -> bool:
        """Whether INFO tells of the history that was there when this was opened.

        One who became a replica, and then a master again, may have taken over what another one had, and forgotten
        what that one did not: over the same connection.
        """
        return b"master_replid:" + self.run_id.rpartition(".")[2].encode() in replication

    async def end(self) -> None:
        """Close the connection, and open none any more."""
        self._is_ended = True
        async with self._turn:  # whoever asks at the moment may just be opening it
            await self._close()

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect()

    async def _asked(self, commands: Sequence[Command]) -> list[Any]:
        answers = await self._sent(commands)
        if isinstance(self._where, Place):
            moved = next((answer for answer in answers if isinstance(answer, MovedError)), None)
            if moved is not None:
                # Each command here may be sent twice, and does then what it does once.
                await self._close()
                await self._where.moved(moved)
                return await self._sent(commands)
        return answers

    async def _sent(self, commands: Sequence[Command]) -> list[Any]:
        whole = False
        try:
            connection = self._connection or await self._opened()
            await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            answers = [await _answer(connection) for _ in commands]
            whole = True
            return answers
        finally:
            if not whole:
                await self._close()
                if isinstance(self._where, Place):
                    self._where.lost()

    async def _opened(self) -> AbstractConnection:
        if self._is_ended:
            raise RedisConnectionError("it is not needed any more")
        # RESP2, for scores come as text, and lists flat.
        server = await self._where.node() if isinstance(self._where, Place) else self._where
        connection: AbstractConnection = server.connection_class(**{**server.connection_kwargs, "protocol": 2})
        self._connection = connection
        await connection.connect()  # type: ignore[no-untyped-call]
        found = []
        for section, name in (("server", "run_id"), ("replication", "master_replid")):
            await connection.send_command("INFO", section)
            found.append(value_of(await connection.read_response(), name))
        self.run_id = ".".join(found)
        return connection


def value_of(info: object, name: str) -> str:
    """One of the values that INFO tells; empty where it does not."""
    text = info.decode() if isinstance(info, bytes) else str(info)
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(f"{name}:")), "")


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response(disconnect_on_error=False)
    except RedisError as error:
        if connection.is_connected and not isinstance(error, RedisTimeoutError):
            return error
        raise
