"""`/livez` tells that the process answers, `/readyz` that it can serve."""

from typing import Any

from fastapi import APIRouter, Request, Response

from cache.client import answers
from core.errors import ClientError
from db.migrate import serves
from db.schema_version import current_revision
from server.state import state_of

router = APIRouter()


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """The database is there, at a schema that this version serves. Redis is only reported: without it all goes on."""
    state = state_of(request)
    try:
        revision = await current_revision(state.services.database.read())
        database = "ok" if serves(revision) else "run `broadsheet migrate`"
    except ClientError:
        database = "unreachable"
    redis = "ok" if await answers(state.redis) else "unreachable"
    ready = database == "ok"
    if not ready:
        response.status_code = 503
    return {"status": "ok" if ready else "not ready", "database": database, "redis": redis}
