"""What may be said over a socket, and what it is closed with."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.types import Send

from server.wire.body import parse_json
from server.wire.lasting import Why
from server.wire.refusal import RefusedRequestError

LONGEST_ID = 200
CLOSE_WITHIN = 1.0
"""Seconds that the word of the end may take, where a client does not read."""

ENDS = {
    Why.LATE: (4408, "Connection initialisation timeout"),
    Why.EXPIRED: (4403, "Forbidden: the access token has expired, or its session was ended"),
    Why.SLOW: (1013, "Too much waits to be read; connect again"),
    Why.STOPS: (1012, "The service restarts; connect again"),
}


class CloseError(Exception):
    """The socket is to be closed, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def parsed(text: str) -> Mapping[str, Any]:
    """A message; raises CloseError where it is none."""
    try:
        found = parse_json(text, "The message")
    except RefusedRequestError:
        raise CloseError(4400, "The message is no JSON") from None
    if not isinstance(found, dict):
        raise CloseError(4400, "The message is no JSON object")
    return found


def id_of(message: Mapping[str, Any]) -> str:
    """The id of its operation; raises CloseError where it has none."""
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise CloseError(4400, "`id` is no string, or empty, or too long")
    return name


def object_or_none(payload: Any) -> Mapping[str, Any] | None:
    """A payload that may be left out; raises CloseError where it is something else."""
    if payload is not None and not isinstance(payload, dict):
        raise CloseError(4400, "`payload` is no object")
    return payload


def authorization(payload: Mapping[str, Any]) -> str | None:
    """The header that a client puts into its first message, for browsers let pages send none with the request."""
    inner = payload.get("headers")
    for some in (payload, inner if isinstance(inner, dict) else {}):
        for name, value in some.items():
            if name.lower() == "authorization" and value is not None:
                return _text(value)
    return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise CloseError(4400, "`Authorization` is no string")
    return value


async def close(send: Send, code: int, reason: str) -> None:
    """Say the end; whoever does not read does not hear it."""
    # A close frame has room for 123 bytes of a reason.
    short = reason.encode()[:120].decode(errors="ignore")
    with suppress(TimeoutError, OSError, RuntimeError):
        async with asyncio.timeout(CLOSE_WITHIN):
            await send({"type": "websocket.close", "code": code, "reason": short})
