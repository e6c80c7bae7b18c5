"""How PostgreSQL would run statements that were slow: asked beside, seldom, and logged without values."""

import asyncio
from collections import OrderedDict
from time import monotonic

import structlog

from core.chores import goes_on
from db.plans import generic_plan

PAUSE = 10.0
"""Seconds from one plan to the next."""
AGAIN_AFTER = 3_600.0
"""Seconds after which a statement is explained once more."""
MOST_WAITING = 10
MOST_REMEMBERED = 1_000

_LOG = structlog.get_logger("broadsheet.slow")


class Plans:
    """Explains one statement at a time, over a connection of its own."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MOST_WAITING)
        self._explained: OrderedDict[str, float] = OrderedDict()

    def explain(self, of: str, sql: str) -> None:
        """Explain a statement some time, if it was not explained just recently, and not too many wait."""
        now = monotonic()
        if now - self._explained.get(of, -AGAIN_AFTER) < AGAIN_AFTER or self._waiting.full():
            return
        self._explained[of] = now
        if len(self._explained) > MOST_REMEMBERED:
            self._explained.popitem(last=False)
        self._waiting.put_nowait((of, sql))

    async def explain_forever(self) -> None:
        """Explain what waits, until cancelled."""
        while goes_on():
            of, sql = await self._waiting.get()
            try:
                plan = await generic_plan(self._url, sql)
            except Exception as error:  # noqa: BLE001 - the next one may go better
                # Its message may repeat a part of the statement, or of the address.
                _LOG.info("slow_plan_failed", statement=of, reason=type(error).__name__)
            else:
                _LOG.warning("slow_plan", statement=of, sql=sql, plan=plan)
            await asyncio.sleep(PAUSE)
