from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.settings import Settings, load_settings

ASIDE = 2
"""Connections of a process for what others wait for (`db.database.Database.write_aside`)."""
EVENTS = 2
"""Those that make events of changes, or wait to: one by whom somebody listens, one now and then (`db.event_log`)."""
MIGRATION = 2
RESERVED = 5
"""For backups and for people, and PostgreSQL's own 3 for superusers."""
IDLE = 140
"""MB of a process that keeps nothing yet; measured, docs/operations.md."""


def sizing(
    replicas: Annotated[int, typer.Option(min=1, max=10_000, help="Pods, or machines, that serve.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of each.")] = 1,
) -> None:
    """Count what the settings ask of PostgreSQL, Redis and the machines; no server is asked."""
    settings = load_settings(environment="development")
    table = Table("", "", show_header=False)
    for name, value in sizes(settings, replicas * workers):
        table.add_row(name, value)
    Console().print(table)


def sizes(settings: Settings, processes: int) -> list[tuple[str, str]]:
    """What so many processes need at most; rows of a name and a figure."""
    pool = settings.database_pool_size + settings.database_pool_overflow
    each = 2 * pool + ASIDE + EVENTS
    kept = settings.cache_size if settings.cache else 0
    # The clock by Redis's word, events on their way, rates and counts.
    small = 30_000_000
    texts = settings.persisted_queries_kept * settings.max_document if settings.persisted_queries else 0
    most = processes * each + MIGRATION + RESERVED
    read = len(settings.replicas)
    of_replicas = [
        ("connections to each read replica, each process", f"{pool:,}"),
        # One that allows fewer than its primary does not start.
        ("max_connections of each, at least", f"{processes * pool + RESERVED:,}, and no fewer than the primary's"),
    ]
    return [
        ("processes", f"{processes:,}"),
        ("connections to PostgreSQL, each process", f"2 * {pool} + {ASIDE + EVENTS} = {each:,}"),
        ("max_connections of PostgreSQL, at least", f"{most:,}"),
        *(of_replicas if read else ()),
        ("memory of each process, about", f"{IDLE} + {kept / 1e6:,.0f} MB of kept responses"),
        ("maxmemory of Redis, at least", f"{(small + texts) / 1e6:,.0f} MB, and what responses shall have"),
        ("open files of each process", f"{settings.max_requests + settings.max_streams + each + read * pool + 100:,}"),
    ]
