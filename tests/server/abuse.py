"""What hostile clients send: whole requests by HTTP, and bytes by sockets; and what may come of each."""

import json
from dataclasses import dataclass, field
from typing import Any

REFUSED = frozenset({"QUERY_TOO_LARGE", "QUERY_TOO_DEEP", "QUERY_TOO_COSTLY", "GRAPHQL_PARSE_FAILED"}) | {
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_REQUEST",
    "BAD_USER_INPUT",
}
ANYTHING = REFUSED | {None}
"""None: it was answered, for it does no harm."""


@dataclass(frozen=True)
class Request:
    """A request that any HTTP client could send."""

    name: str
    body: bytes | None = None
    codes: frozenset[str | None] = REFUSED
    statuses: frozenset[int] = frozenset({200, 400})
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = "/graphql"


@dataclass(frozen=True)
class Bytes:
    """Bytes on a connection; no answer at all is well, too, but a status must be one of these."""

    name: str
    chunks: list[bytes]
    statuses: frozenset[int] = frozenset({400})


def asked(name: str, query: str, *codes: str | None, variables: Any = None) -> Request:
    """A document in a request that is well-formed."""
    body = {"query": query} | ({} if variables is None else {"variables": variables})
    return Request(name, json.dumps(body).encode(), frozenset(codes) or REFUSED)
