"""`/livez` tells that the process answers, `/readyz` that it can serve.

Both are answered whatever else there is to do: they take no place among the requests, and no connection that these wait
for. All who ask within a second are told what one look saw, and nobody waits for it longer than a second and a half.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from server.state import state_of

router = APIRouter()


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """The database is there, at this version's schema, and the process is not about to stop.

    Redis is only reported: without it all goes on, slower.
    """
    state = state_of(request)
    if state.gate.is_draining:
        response.status_code = 503
        return {"status": "draining"}
    database, redis = await asyncio.gather(state.health.database.told(), state.health.redis.told())
    if database != "ok":
        response.status_code = 503
        return {"status": "not ready", "database": database, "redis": redis}
    return {"status": "ok" if redis == "ok" else "degraded", "database": database, "redis": redis}
