"""A request as it came in: read, but not understood yet."""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter
from typing import NamedTuple

from starlette.types import Receive, Scope

from core.settings import Settings
from gql.context import Caller
from server.wire.body import read_body
from server.wire.presence import GONE
from server.wire.refusal import bad_request

_JSON = "application/json"


class Request(NamedTuple):
    """What was sent: `raw` is the body of a POST, the query of a GET."""

    id: str
    method: str
    headers: dict[bytes, str]
    raw: bytes
    caller: Caller
    receive: Receive
    began: float
    """When it was there as a whole, by `perf_counter`."""
    is_gone: Callable[[], bool]
    """Whether it is known that nobody waits for the answer."""

    @property
    def names_nobody(self) -> bool:
        """Whether nothing in it tells who sends it, so that others may be answered as he is."""
        return b"authorization" not in self.headers and b"cookie" not in self.headers


async def read_request(scope: Scope, headers: dict[bytes, str], receive: Receive, settings: Settings) -> Request:
    """All of a request that is well-formed as one of HTTP.

    Raises:
        RefusedRequestError: 405, 408, 413 or 415.

    """
    method = scope["method"]
    if method == "GET":
        raw: bytes = scope["query_string"]
    elif method == "POST":
        _check_body_is_json(headers)
        raw = await read_body(scope, receive, headers.get(b"content-length"), settings.max_body, settings.body_timeout)
    else:
        raise bad_request(f"{method} is not served here: POST, or GET for queries.", 405, Allow="GET, POST")
    client = scope.get("client")
    caller = Caller(client[0] if client else "", headers.get(b"user-agent"))
    is_gone = scope.get(GONE, bool)
    return Request(scope["request_id"], method, headers, raw, caller, receive, perf_counter(), is_gone)


def _check_body_is_json(headers: dict[bytes, str]) -> None:
    if not _is_json(headers.get(b"content-type", "")):
        raise bad_request("Send a body of the Content-Type application/json, in UTF-8.", 415)
    if headers.get(b"content-encoding", "identity").lower() not in ("identity", ""):
        raise bad_request("Send a body that is not compressed.", 415)


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    return name == _JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
