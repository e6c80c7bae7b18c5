"""Who listens to what operations did: metrics, spans, the log of slow ones. Registered when the application is made."""

import logging
from collections.abc import Callable, Mapping
from time import perf_counter_ns

from core.observation import Observation, Transport, current, set_current

Headers = Mapping[bytes, str]
"""By their names in lower case; values as text."""

_LOG = logging.getLogger("broadsheet.observers")


class Listener:
    """Hears of operations, by the methods that it overrides. What it raises is logged, and harms nobody."""

    def begun(self, observation: Observation, headers: Headers) -> None:
        """An operation begins; whoever wants its steps sets `observation.steps`. `headers` are the request's."""

    def ended(self, observation: Observation) -> None:
        """It has ended, and its answer is sent. The record is not written to any more."""


class Observers:
    """All who listen in one application. Without any, no record is made, and nothing is noted."""

    def __init__(self) -> None:
        self._begun: list[Callable[[Observation, Headers], None]] = []
        self._ended: list[Callable[[Observation], None]] = []
        self.are_there = False
        """Whether records are made; may be set for somebody who reads them before the end."""

    def add(self, listener: Listener) -> None:
        """Tell of every operation from now on."""
        self.are_there = True
        if type(listener).begun is not Listener.begun:
            self._begun.append(listener.begun)
        if type(listener).ended is not Listener.ended:
            self._ended.append(listener.ended)

    def begin(self, transport: Transport, request_id: str, client: str, headers: Headers) -> Observation | None:
        """An operation begins in this context; None where nobody wants to know."""
        if not self.are_there:
            return None
        observation = Observation(current(), transport, request_id)
        observation.client = client
        set_current(observation)
        for hear in self._begun:
            try:
                hear(observation, headers)
            except Exception:  # noqa: BLE001 - it must not fail what it listens to
                _LOG.exception("listener_failed")
        return observation

    def end(self, observation: Observation) -> None:
        """It has ended; in the context in which it began."""
        observation.ended = perf_counter_ns()
        set_current(observation.outer)
        for hear in self._ended:
            try:
                hear(observation)
            except Exception:  # noqa: BLE001 - it must not fail what it listens to
                _LOG.exception("listener_failed")
