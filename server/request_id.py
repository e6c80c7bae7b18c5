"""A number for each request, in the answer and in every log line that it causes."""

import re
import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(request: Request) -> str:
    """The id of a request that came through RequestIds."""
    number: str = request.scope["request_id"]
    return number


class RequestIds:
    """Takes the id that a proxy gave, when it is a plain word, or else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Request(scope).headers.get(HEADER, "") if scope["type"] == "http" else ""
        number = given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        scope["request_id"] = number

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=number):
            await self.app(scope, receive, send_with_id)
