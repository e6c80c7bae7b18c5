"""The log of what takes long: operations, and statements of operations."""

from collections.abc import Callable
from typing import Any

import structlog

from core.observation import NEVER, Observation, fingerprint
from core.observers import Headers, Listener

Explain = Callable[[str, str], None]
"""Has a statement explained, some time: its fingerprint, and its text."""

MOST_A_SECOND = 20
"""Operations that are told of in a second; the next line says how many were left out."""

_SECOND = 1_000_000_000
_LOG = structlog.get_logger("broadsheet.slow")


class SlowLog(Listener):
    """Tells of operations and statements that take so many seconds or more; 0: of none.

    Told are names, figures and fingerprints: no text that a client sent, and no value.
    """

    def __init__(self, operation: float, statement: float, explain: Explain | None = None) -> None:
        self._operation_ns = int(operation * 1e9) or NEVER
        self._statement_ns = int(statement * 1e9) or NEVER
        self._explain = explain
        self._since = self._told = self._left_out = 0

    def begun(self, observation: Observation, headers: Headers) -> None:
        """Have slow statements noted."""
        del headers
        observation.slow_after = self._statement_ns

    def ended(self, observation: Observation) -> None:
        """Tell, if there is something to tell."""
        took = observation.ended - observation.began
        if (took < self._operation_ns and not observation.slow) or self._is_enough(observation.ended):
            return
        ids: dict[str, Any] = {"request_id": observation.request_id}
        if self._left_out:
            ids["left_out"], self._left_out = self._left_out, 0
        if observation.trace_id:
            ids["trace_id"] = observation.trace_id
        for sql, statement_took in observation.slow:
            of = fingerprint(sql)
            _LOG.warning(
                "slow_statement", operation=observation.name, statement=of, seconds=_seconds(statement_took), **ids
            )
            if self._explain is not None:
                self._explain(of, sql)
        if took >= self._operation_ns:
            _LOG.warning(
                "slow_operation",
                operation=observation.name,
                kind=observation.kind,
                document=observation.fingerprint,
                client=observation.client,
                outcome=observation.outcome,
                cache=observation.cache,
                seconds=_seconds(took),
                statements=observation.statements,
                statement_seconds=_seconds(sum(observation.statement_ns)),
                redis_seconds=_seconds(sum(observation.redis_ns)),
                **ids,
            )

    def _is_enough(self, now: int) -> bool:
        """Whether enough were told of already in this second: where all are slow, telling would make them slower."""
        if now - self._since >= _SECOND:
            self._since, self._told = now, 0
        if self._told >= MOST_A_SECOND:
            self._left_out += 1
            return True
        self._told += 1
        return False


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 4)
