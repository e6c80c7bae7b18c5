"""Who listens in an application, as the settings say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from core.chores import beside
from core.errors import SettingsError
from core.observation import Observation
from core.observers import Headers, Listener, Observers
from core.settings import Settings
from db.sql_comments import SqlComments
from server.observing.plans import Plans
from server.observing.slow import SlowLog
from server.observing.trace_context import Sampling
from server.observing.tracing import Tracing

_SENDER = "server.observing.otlp"
"""Its packages are optional, and take a tenth of a second to be imported: only who sends traces has it."""


class Commenting(Listener):
    """Has statements carry comments."""

    def __init__(self, comments: SqlComments) -> None:
        self._comments = comments

    def begun(self, observation: Observation, headers: Headers) -> None:
        """Say so."""
        del headers
        observation.comments = self._comments


def shows_parts(settings: Settings) -> bool:
    """Whether answers tell what their time went to."""
    return settings.environment == "development" if settings.server_timing is None else settings.server_timing


def check_telemetry(settings: Settings) -> None:
    """See that what the settings ask for is installed.

    Raises:
        SettingsError: it is not.

    """
    if settings.otlp_endpoint:
        try:
            import_module(_SENDER)
        except ImportError as error:
            raise SettingsError(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, and what sends traces is not installed: "
                f"pip install 'broadsheet[telemetry]', or take the setting away ({error.name} is missing)"
            ) from None


@asynccontextmanager
async def listening(settings: Settings, database_url: str, observers: Observers) -> AsyncIterator[None]:
    """Let those listen that the settings ask for, while the block runs."""
    plans = Plans(database_url) if settings.slow_plans and settings.slow_statement else None
    if settings.slow_operation or settings.slow_statement:
        explain = None if plans is None else plans.explain
        observers.add(SlowLog(settings.slow_operation, settings.slow_statement, explain))
    if settings.sql_comments != "none":
        observers.add(Commenting(SqlComments(traces=settings.sql_comments == "trace")))
    observers.are_there = observers.are_there or shows_parts(settings)
    otlp = None
    if settings.otlp_endpoint:
        otlp = import_module(_SENDER).Otlp(settings.otlp_endpoint)
        sampling = Sampling(settings.trace_ratio, settings.trace_follows_caller)
        observers.add(Tracing(sampling, otlp.send))
    try:
        async with beside(*([] if plans is None else [plans.explain_forever()])):
            yield
    finally:
        if otlp is not None:
            otlp.close()
