"""Statements that go through SQLAlchemy, noted in the record of the operation that sends them."""

from time import perf_counter_ns
from typing import Any

from sqlalchemy import Engine, event

from core.observation import current


def observe_statements(engine: Engine) -> None:
    """Note each statement of an engine, where somebody listens."""
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


def _before(_connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
    if current() is not None:
        context.observed_since = perf_counter_ns()


def _after(_connection: Any, _cursor: Any, sql: str, _values: Any, context: Any, _many: bool) -> None:
    _note(sql, context)


def _failed(context: Any) -> None:
    if context.execution_context is not None and context.statement is not None:
        _note(context.statement, context.execution_context)


def _note(sql: str, context: Any) -> None:
    observation = current()
    began = getattr(context, "observed_since", 0)
    if observation is not None and began:
        context.observed_since = 0
        observation.note_statement(sql, began)
