"""Who still uses what is deprecated: counted by the names of clients, and told to the log now and then."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from time import monotonic

import structlog

from server.wire.client_name import client_name

MOST_CLIENTS = 100
"""Names that are counted by themselves; whoever comes later is `other`."""
OTHER = "other"
TELL_EVERY = 3_600.0
"""Seconds between two words about one use by one client."""

_LOG = structlog.get_logger("broadsheet.deprecated")


class Uses:
    """The uses in one process since it started."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._clients: set[str] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._told: dict[tuple[str, str], float] = {}

    def count(self, headers: Mapping[bytes, str], coordinates: Collection[str]) -> None:
        """A request with these headers uses these parts of the schema; mostly none."""
        if not coordinates:
            return
        client = client_name(headers)
        if client not in self._clients:
            if len(self._clients) < MOST_CLIENTS:
                self._clients.add(client)
            else:
                client = OTHER
        now = self._clock()
        for coordinate in coordinates:
            use = client, coordinate
            self._counts[use] += 1
            if now - self._told.get(use, -TELL_EVERY) >= TELL_EVERY:
                self._told[use] = now
                _LOG.warning("deprecated_used", client=client, coordinate=coordinate, uses=self._counts[use])

    def counted(self) -> Mapping[tuple[str, str], int]:
        """How often, by client and schema coordinate."""
        return dict(self._counts)
