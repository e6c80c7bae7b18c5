"""The log of what takes long: operations, and statements of operations."""

from collections.abc import Callable

import structlog

from core.observation import NEVER, Observation, fingerprint
from core.observers import Headers, Listener

Explain = Callable[[str, str], None]
"""Has a statement explained, some time: its fingerprint, and its text."""

_LOG = structlog.get_logger("broadsheet.slow")


class SlowLog(Listener):
    """Tells of operations and statements that take so many seconds or more; 0: of none.

    Told are names, figures and fingerprints: no text that a client sent, and no value.
    """

    def __init__(self, operation: float, statement: float, explain: Explain | None = None) -> None:
        self._operation_ns = int(operation * 1e9) or NEVER
        self._statement_ns = int(statement * 1e9) or NEVER
        self._explain = explain

    def begun(self, observation: Observation, headers: Headers) -> None:
        """Have slow statements noted."""
        del headers
        observation.slow_after = self._statement_ns

    def ended(self, observation: Observation) -> None:
        """Tell, if there is something to tell."""
        took = observation.ended - observation.began
        if took < self._operation_ns and not observation.slow:
            return
        ids = {"request_id": observation.request_id}
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


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 4)
