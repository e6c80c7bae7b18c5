"""That a server says nothing, for all pools of connections to it.

Where the network loses what is sent, nothing tells so but that no answer comes in time. A connection that has said
nothing for so long is given up; without this, each pool would have to wait for as long to learn it of its own.
"""

import time
from collections.abc import Callable


class Silence:
    """When a connection to a server was given up because it said nothing; all that are as old are not used again."""

    def __init__(self) -> None:
        self._since = 0.0
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this each time."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """One was given up just now."""
        self._since = time.monotonic()
        for listener in self._listeners:
            listener()

    def has_struck(self, opened_at: float) -> bool:
        """Whether a connection that was opened then, by `time.monotonic`, is as old as one that was given up."""
        return opened_at <= self._since
