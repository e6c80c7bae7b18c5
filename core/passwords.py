"""Passwords: hashed by argon2id (RFC 9106) in threads of their own, so that the event loop never waits for one."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import UnavailableError
from core.settings import Settings

T = TypeVar("T")

SHORTEST = 12
LONGEST = 128
WAITING_FOR_EACH = 16
"""Hashes that may wait for each thread; whoever comes beyond that is sent away."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right; `new_hash` is its hash by today's settings, when the old one was made by lesser."""

    right: bool
    new_hash: str | None = None


class Passwords:
    """The hashing of one process."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.password_time_cost,
            memory_cost=settings.password_memory_cost,
            parallelism=1,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(settings.password_workers, thread_name_prefix="passwords")
        self._most = settings.password_workers * (1 + WAITING_FOR_EACH)
        self._running = 0
        # Of a password that nobody knows: what an unknown login is compared with.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash of a password, with its salt and parameters.

        Raises:
            UnavailableError: too many wait already.

        """
        return await self._in_thread(partial(self._hasher.hash, password))

    async def verify(self, password_hash: str | None, password: str) -> Verdict:
        """Whether a password is the one of a hash. Without a hash it is not, and that takes as long to say.

        Raises:
            UnavailableError: too many wait already.

        """
        return await self._in_thread(partial(self._verify, password_hash, password))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str | None, password: str) -> Verdict:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return Verdict(right=False)
        if password_hash is None:
            return Verdict(right=False)
        grown = self._hasher.check_needs_rehash(password_hash)
        return Verdict(right=True, new_hash=self._hasher.hash(password) if grown else None)

    async def _in_thread(self, work: "partial[T]") -> T:
        if self._running >= self._most:
            raise UnavailableError("Too many sign in at the same time; ask again.")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._running -= 1
