"""Statements that go through SQLAlchemy, noted in the record of the operation that sends them."""

from time import perf_counter_ns
from typing import Any

from sqlalchemy import Engine, event

from core.observation import current


def observe_statements(engine: Engine) -> None:
    """Note each statement of an engine, where somebody listens."""
    event.listen(engine, "before_cursor_execute", _before, retval=True)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


def _before(_connection: Any, _cursor: Any, sql: str, values: Any, context: Any, _many: bool) -> tuple[str, Any]:
    observation = current()
    if observation is None:
        return sql, values
    context.observed = sql, perf_counter_ns()
    if observation.comments is not None:
        sql, _ = observation.comments.of(sql, observation)
    return sql, values


def _after(_connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
    _note(context)


def _failed(context: Any) -> None:
    if context.execution_context is not None:
        _note(context.execution_context)


def _note(context: Any) -> None:
    observation = current()
    observed = getattr(context, "observed", None)
    if observation is not None and observed is not None:
        context.observed = None
        observation.note_statement(*observed)
