"""Requests that are refused before anything of them runs: a status, and an error that says why."""

from collections.abc import Mapping

from core.errors import (
    BadRequestError,
    ClientError,
    DeadlineError,
    ForbiddenError,
    LimitError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from server.wire.accept import Media

_STATUSES: tuple[tuple[type[ClientError], int], ...] = (
    (BadRequestError, 400),
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (TooLargeError, 413),
    (UnavailableError, 503),
    (DeadlineError, 504),
)


class RefusedRequestError(Exception):
    """A request that is answered by a status of its own, whatever media type the client takes."""

    def __init__(self, status: int, error: ClientError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


def bad_request(message: str, status: int = 400, **headers: str) -> RefusedRequestError:
    """A refusal of what is no request of GraphQL over HTTP."""
    return RefusedRequestError(status, BadRequestError(message), {n.replace("_", "-"): v for n, v in headers.items()})


def status_of(error: ClientError) -> int | None:
    """The status that an error has whatever the media type; None for one that answers a well-formed request."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), None)


def refusal_of(error: ClientError, media: Media) -> RefusedRequestError:
    """What a client hears of an error in a request that is well-formed."""
    status = status_of(error) or (200 if media is Media.JSON else 400)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else {}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = "1"
    return RefusedRequestError(status, error, headers)


def error_body(error: ClientError) -> dict[str, object]:
    """The body of an answer that has nothing but this error."""
    extensions: dict[str, object] = {"code": error.code.value}
    if isinstance(error, LimitError):
        extensions |= {"limit": error.limit, "found": error.found}
    return {"errors": [{"message": error.message, "extensions": extensions}]}
