"""Structured logs, one event a line, to standard error."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from core import tracebacks
from core.observation import current
from core.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Send structlog's events, and those of the standard library, to standard error in the form of the settings."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    watched = settings.environment == "development" and sys.stderr.isatty()
    console = settings.log_format == "console" or (settings.log_format == "auto" and watched)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not console:
        shared.append(tracebacks.with_exception)
    console_renderer = structlog.dev.ConsoleRenderer(exception_formatter=tracebacks.write)
    renderer = console_renderer if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # It tells of every look at the database.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.WARNING))


def _with_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Those of the operation that runs: of its request, and of its trace where it has one."""
    observation = current()
    if observation is not None:
        if observation.request_id:
            event.setdefault("request_id", observation.request_id)
        if observation.trace_id:
            event.setdefault("trace_id", observation.trace_id)
    return event
