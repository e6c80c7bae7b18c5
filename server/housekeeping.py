"""What an application does now and then, beside serving."""

import asyncio

import structlog

from core.chores import goes_on
from core.errors import ClientError
from db.database import Database
from db.writes.housekeeping import delete_what_is_old
from server.events.feed import make_events

EVERY = 300.0
"""Seconds from one time to the next."""

_LOG = structlog.get_logger("broadsheet.housekeeping")


async def keep_house(database: Database, url: str) -> None:
    """Make events of changes, and delete what has served its time, every few minutes, until cancelled."""
    while goes_on():
        await asyncio.sleep(EVERY)
        try:
            # Before the changes go that they are made of.
            await make_events(url)
            deleted = await database.transact(delete_what_is_old)
        except ClientError as error:
            _LOG.warning("housekeeping_failed", reason=error.message)
        except Exception:  # noqa: BLE001 - the next time may go better
            _LOG.exception("housekeeping_failed")
        else:
            if any(deleted.values()):
                _LOG.info("housekeeping", **deleted)
