"""Fixtures of all tests: real servers, started once, and a database of its own for whoever writes."""

import structlog

pytest_plugins = [
    *("tests.fixtures.servers", "tests.fixtures.api", "tests.fixtures.live", "tests.fixtures.seeded"),
    "tests.fixtures.clusters",
]

# What structlog does by itself, but for local variables: printing those of a test's fault takes minutes.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
