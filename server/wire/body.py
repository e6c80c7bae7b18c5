"""A request's body: JSON of a bounded size, in a bounded time."""

import asyncio
import json
from typing import Any, NoReturn

import orjson
from starlette.types import Receive, Scope

from core.errors import DeadlineError, TooLargeError
from server.whole import BODY
from server.wire.refusal import RefusedRequestError, bad_request

_MOST_DIGITS = 1_000
"""Of a length: far more than anything may have."""


_LATE = "the body is late"


class ClientLeftError(Exception):
    """The client closed its connection; nobody waits for an answer."""


async def read_body(scope: Scope, receive: Receive, declared: str | None, most: int, seconds: float) -> bytes:
    """The body of a request.

    Raises:
        RefusedRequestError: 413 where it is too large, 408 where it does not come.
        ClientLeftError: the client has gone.

    """
    if declared is not None and declared.isdecimal():
        length = int(declared[:_MOST_DIGITS])
        if length > most:
            raise _too_large(most, length)
    there: bytes | None = scope.get(BODY)
    if there is not None:
        if len(there) > most:
            raise _too_large(most, len(there))
        return there
    message = await _next(receive, seconds)
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > most:
            raise _too_large(most, len(body))
        return body
    try:
        async with asyncio.timeout(seconds):
            return await _rest(receive, bytearray(message.get("body", b"")), most)
    except TimeoutError:
        raise _too_slow(seconds) from None


async def _rest(receive: Receive, body: bytearray, most: int) -> bytes:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most, len(body))
        more = message.get("more_body", False)
    return bytes(body)


async def _next(receive: Receive, seconds: float) -> Any:
    """The first part of a body, which nearly always is there already: a timer costs less than `asyncio.timeout`."""
    task = asyncio.current_task()
    assert task is not None
    timer = asyncio.get_running_loop().call_later(seconds, task.cancel, _LATE)
    try:
        message = await receive()
    except asyncio.CancelledError as error:
        if error.args != (_LATE,) or task.uncancel():
            raise
        raise _too_slow(seconds) from None
    finally:
        timer.cancel()
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    return message


def _too_large(most: int, found: int) -> RefusedRequestError:
    message = f"The body has {found} bytes or more, and {most} are allowed."
    # What is left of it is not read.
    return RefusedRequestError(413, TooLargeError(message, most, found), {"Connection": "close"})


def _too_slow(seconds: float) -> RefusedRequestError:
    error = DeadlineError(f"The body did not come within {seconds:g} seconds.")
    return RefusedRequestError(408, error, {"Connection": "close"})


def parse_json(text: bytes | str, what: str) -> Any:
    """What a JSON text says (RFC 8259): UTF-8, no NaN, no nesting beyond reason.

    Raises:
        RefusedRequestError: 400, it is none.

    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        lone = "\\ud" in text.lower() if isinstance(text, str) else b"\\ud" in text.lower()
        if lone:
            # Half of a surrogate pair: refused later, with the path of the argument that holds it.
            return _parse_leniently(text, what)
        raise bad_request(f"{what} is no JSON: {error.msg}, at character {error.pos + 1}.") from None


def _parse_leniently(text: bytes | str, what: str) -> Any:
    try:
        return json.loads(text if isinstance(text, str) else text.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_request(f"{what} is no JSON.") from None


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
