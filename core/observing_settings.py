"""Settings of what can be seen of a process: logs, traces, what answers tell. A part of `core.settings`."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings

Threshold = Annotated[float, Field(ge=0, le=86_400)]
Share = Annotated[float, Field(ge=0, le=1)]


class ObservingSettings(BaseSettings):
    """All of it is off, or costs next to nothing, unless it is asked for."""

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="`auto` is console in development on a terminal, and JSON elsewhere."
    )
    slow_operation: Threshold = Field(1.0, description="Seconds from which on an operation is logged as slow; 0: none.")
    slow_statement: Threshold = Field(
        0.5, description="Seconds from which on a statement of an operation is logged as slow; 0: none."
    )
    slow_plans: bool = Field(
        False, description="Let PostgreSQL explain slow statements, now and then, and log the plan."
    )
    server_timing: bool | None = Field(
        None,
        description="Tell in `Server-Timing` what the time went to, and not only how much it was. "
        "Default: in development.",
    )
    otlp_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "BROADSHEET_OTLP_ENDPOINT"),
        description="Where traces are sent, by OTLP over HTTP, as `http://collector:4318`. Empty: nowhere.",
    )
    trace_ratio: Share = Field(1.0, description="The share of operations that are traced, where no caller decided.")
    trace_follows_caller: bool = Field(
        True, description="Trace what the caller traces, as his `traceparent` says; else `trace_ratio` decides alone."
    )
    sql_comments: Literal["none", "operation", "trace"] = Field(
        "none",
        description="What statements carry for PostgreSQL's own log and views: the operation's name; and, where it is "
        "traced, the trace's id.",
    )

    @model_validator(mode="after")
    def _refuse_an_endpoint_that_is_none(self) -> Self:
        if self.otlp_endpoint:
            try:
                parts = urlsplit(self.otlp_endpoint)
            except ValueError:
                parts = urlsplit("")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://collector:4318")
            if parts.username or parts.password:
                raise ValueError(
                    "OTEL_EXPORTER_OTLP_ENDPOINT must hold no password: put it into OTEL_EXPORTER_OTLP_HEADERS"
                )
        return self
