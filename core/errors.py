"""Everything that can go wrong on purpose.

    BroadsheetError
    ├── SettingsError          the process cannot start with these settings
    ├── ServiceError           an embedded or configured server cannot be had
    ├── RefusedError           the rules refuse a write (`core.refusals`): answered as data, not as an error
    └── ClientError            may be shown to a client: a message and a code
        ├── BadRequestError    BAD_REQUEST: no request that GraphQL over HTTP knows
        ├── OperationError     OPERATION_RESOLUTION_FAILURE: it is not clear which operation is meant
        ├── PersistedQueryError   PERSISTED_QUERY_…: a document that is asked for by its hash and is not there
        ├── BadInputError      BAD_USER_INPUT: an argument that cannot be right, with its path
        ├── UnauthenticatedError  UNAUTHENTICATED: nobody is signed in, or the access token is none
        ├── ForbiddenError     FORBIDDEN: this server does not do that
        ├── LimitError         QUERY_TOO_…, RATE_LIMITED: more than is allowed, with the limit and the figure
        ├── UnavailableError   SERVICE_UNAVAILABLE: a server out of reach, or no connection free
        └── DeadlineError      TIMEOUT: the time that a statement or a request may take is over

Any other exception is a fault of ours: masked for the client, and logged.
"""

from collections.abc import Sequence
from enum import StrEnum


class ErrorCode(StrEnum):
    """The closed list of `errors[].extensions.code`."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
    QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
    QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class BroadsheetError(Exception):
    """The root of the errors that this project raises on purpose."""


class SettingsError(BroadsheetError):
    """Settings that make no sense; the message says what to change."""


class ServiceError(BroadsheetError):
    """A server that is needed cannot be started or reached; the message says what to do."""


class ClientError(BroadsheetError):
    """An error whose message and code a client may see."""

    code: ErrorCode

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInputError(ClientError):
    """An argument that cannot be right; `argument` is its path below the field, such as `("where", "author")`."""

    code = ErrorCode.BAD_USER_INPUT

    def __init__(self, message: str, argument: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.argument = tuple(argument)


class BadRequestError(ClientError):
    """No request that GraphQL over HTTP knows."""

    code = ErrorCode.BAD_REQUEST


class OperationError(ClientError):
    """It is not clear which operation of the document is meant."""

    code = ErrorCode.OPERATION_RESOLUTION_FAILURE


class ForbiddenError(ClientError):
    """Nobody may ask this of the server."""

    code = ErrorCode.FORBIDDEN


class PersistedQueryError(ClientError):
    """A document that is asked for by its hash, and is not there; Apollo's clients know the messages by heart."""

    def __init__(self, *, supported: bool) -> None:
        super().__init__("PersistedQueryNotFound" if supported else "PersistedQueryNotSupported")
        found, not_supported = ErrorCode.PERSISTED_QUERY_NOT_FOUND, ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED
        self.code = found if supported else not_supported


class LimitError(ClientError):
    """More than is allowed; nothing of it is done. `limit` is the bound, `found` the figure that broke it."""

    def __init__(self, code: ErrorCode, message: str, limit: int, found: int) -> None:
        super().__init__(message)
        self.code = code
        self.limit = limit
        self.found = found


class TooLargeError(LimitError):
    """More bytes than are allowed."""

    def __init__(self, message: str, limit: int, found: int) -> None:
        super().__init__(ErrorCode.QUERY_TOO_LARGE, message, limit, found)


class UnauthenticatedError(ClientError):
    """Somebody must be signed in for this, or the access token that came along does not hold."""

    code = ErrorCode.UNAUTHENTICATED


class UnavailableError(ClientError):
    """The service cannot answer now; the same request may succeed later."""

    code = ErrorCode.SERVICE_UNAVAILABLE


class DeadlineError(ClientError):
    """The time that a statement or a request may take is over."""

    code = ErrorCode.TIMEOUT
