"""A pool and connections that do what a test says, and notice when two use one connection."""

import time
from typing import Any, Literal, get_args

import asyncpg

from tests.model.source import rounds

Outcome = Literal["answered", "refused", "lost", "odd"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Driver:
    """A connection: its statements are pauses."""

    def __init__(self, number: int, *, ends_badly: bool) -> None:
        self.number = number
        self.running = False
        self.closed = False
        self._ends_badly = ends_badly

    def is_closed(self) -> bool:
        return self.closed

    async def fetch(self, outcome: Outcome, pause: int, *, record_class: type | None) -> list[int]:
        assert record_class is None
        assert not self.running, "one statement at a time"
        assert not self.closed, "nobody is given what is known to be closed"
        self.running = True
        await rounds(pause)  # whoever is cancelled here leaves it running
        self.running = False
        if outcome == "lost":
            self.closed = True
            raise asyncpg.ConnectionDoesNotExistError
        if outcome == "refused":
            raise asyncpg.QueryCanceledError
        if outcome == "odd":
            raise ValueError
        return [self.number]

    async def execute(self, _sql: str) -> None:
        await rounds(3)
        if self._ends_badly:
            raise asyncpg.InterfaceError("closed")
        self.running = False


class Loan:
    """A connection that the pool lent."""

    def __init__(self, driver: Driver) -> None:
        self.driver_connection = driver
        self.info = {"opened_at": time.monotonic()}


class Pool:
    """Lends so many at a time, some of them after a pause or not at all."""

    def __init__(self, most: int, pauses: list[int], *, ends_badly: bool = False) -> None:
        self.most = most
        self.out: set[Any] = set()
        self.opening = 0
        self.opened = 0
        self.back: list[Loan] = []
        """Usable ones, given back."""
        self._pauses = pauses
        """Rounds that each opening takes; negative for one that fails."""
        self._ends_badly = ends_badly

    async def borrow(self) -> Any:
        assert len(self.out) + self.opening < self.most, "more than the pool has"
        self.back = [loan for loan in self.back if not loan.driver_connection.closed]
        loan = self.back.pop(0) if self.back else await self._open()
        self.out.add(loan)
        return loan

    async def _open(self) -> Loan:
        pause = self._pauses[self.opened % len(self._pauses)]
        self.opened += 1
        self.opening += 1
        try:
            await rounds(abs(pause))
            if pause < 0:
                raise ConnectionRefusedError
            return Loan(Driver(self.opened, ends_badly=self._ends_badly))
        finally:
            self.opening -= 1

    def give_back(self, loan: Any, usable: bool) -> None:
        self.out.remove(loan)
        if usable:
            assert not loan.driver_connection.running
            self.back.append(loan)
        else:
            loan.driver_connection.closed = True
