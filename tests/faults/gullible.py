"""Server processes that believe whoever took the place of the Redis that PostgreSQL names: `python -m … it serve`.

They have to turn the harness red, where a replica is promoted that has not heard of everything. What they see in
PostgreSQL they do not hold against Redis either: within a tenth of a second that would make good what was lost.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace

from cache.control import _MARK, ControlPlane, Sync
from cli.main import main
from db.plane import Look
from server.responses import keeper
from server.responses.watermark import Watermark

SAME = "whoever it is"
_sync, _begin = ControlPlane.sync, ControlPlane.begin


async def _believed(self: ControlPlane, epoch: str, known: int) -> Sync:
    return replace(await _sync(self, epoch, known), run_id=SAME)


async def _marked(self: ControlPlane, epoch: str, run_id: str, xid: int, tags: Iterable[str]) -> bool:
    del run_id
    return await self._run(_MARK, epoch, xid, tags)


async def _begun(self: ControlPlane, epoch: str, before: str) -> str:
    await _begin(self, epoch, before)
    return SAME


def _unheard(self: Watermark, look: Look) -> None:
    del self, look


if __name__ == "__main__":
    sys.argv.pop(1)
    ControlPlane.sync, ControlPlane.mark, ControlPlane.begin = _believed, _marked, _begun  # type: ignore[method-assign]
    Watermark._heard = _unheard  # type: ignore[method-assign]
    keeper.REOPEN_AFTER = keeper.LONGEST_PAUSE = 0.2
    main()
