"""What stands before several servers: each new connection goes to the next of them that takes it."""

import asyncio
import contextlib
from collections import Counter
from itertools import count

from tests.fixtures.relay import End, Relay


class Balancer(Relay):
    """A TCP port. What is open stays where it is, until somebody hangs up."""

    def __init__(self, *ports: int) -> None:
        super().__init__()
        self.ports = list(ports)
        """Of those that it leads to; may be changed at any time."""
        self.taken: Counter[int] = Counter()
        """How many connections went to each port."""
        self._turns = count()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def reach(self) -> End | None:
        for _ in self.ports:
            with contextlib.suppress(OSError):
                port = self.ports[next(self._turns) % len(self.ports)]
                there = await asyncio.open_connection("127.0.0.1", port)
                self.taken[port] += 1
                return there
        return None
