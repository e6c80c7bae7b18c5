"""What FastAPI's own routes answer when something is wrong: JSON with a code, as everywhere."""

import structlog
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from core.errors import BadRequestError, ErrorCode
from server.wire.refusal import error_body

_LOG = structlog.get_logger("broadsheet.server")


def add_handlers(app: FastAPI) -> None:
    """Answer 404, 405 and faults of ours as JSON."""
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _failed)


async def _not_served(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = {404: f"There is nothing at {request.url.path[:200]}.", 405: f"{request.method} is not served here."}
    body = error_body(BadRequestError(said.get(error.status_code, error.detail)))
    return JSONResponse(body, error.status_code, error.headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    number = request.scope["request_id"]
    _LOG.error("request_failed", request_id=number, exc_info=error)
    return JSONResponse(masked(number), 500)


def masked(request_id: str) -> dict[str, object]:
    """The body of an answer to what is a fault of ours."""
    message = f"Internal error; the log has it under request id {request_id}."
    return {"errors": [{"message": message, "extensions": {"code": ErrorCode.INTERNAL_SERVER_ERROR.value}}]}
