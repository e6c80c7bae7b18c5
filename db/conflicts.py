"""Transactions that come in each other's way: which failures another try may mend, and what the client is told.

Under READ COMMITTED with row locks these are deadlocks, and rules that two transactions checked at the same time: the
same slug, a row that the other deleted. The second try finds what the first one left, and refuses in peace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random_exponential

from core.errors import ClientError, DeadlineError, UnavailableError
from db.engines import LOST

RETRIES = 3
_CONFLICTS = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "23505",  # unique violation
        "23503",  # foreign key violation
    }
)
_QUERY_CANCELED = "57014"
_LOCK_NOT_AVAILABLE = "55P03"
_LACKS = "The database lacks the room or the means for this at the moment; nothing was written."
_UNAVAILABLE = {
    **dict.fromkeys(_CONFLICTS, "Others write to the same rows; ask again."),
    _LOCK_NOT_AVAILABLE: "Others hold what this needs; ask again.",
    # It became a replica, or its keeper lets nobody write.
    "25006": "The database takes no writes at the moment; ask again.",
    # Something is full: the disk, memory, connections.
    "53": _LACKS,
    # The system beneath failed.
    "58": _LACKS,
    # It was told to end, or the connection was.
    "57P": "The database was lost; whether this was written is not known.",
}
"""What is nobody's fault here, by the beginning of its SQLSTATE, and in which words."""


def conflicts_retried(seconds: float) -> AsyncRetrying:
    """Attempts at a transaction: conflicts are retried, three times at most, with jitter, and within these seconds."""
    return AsyncRetrying(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_attempt(1 + RETRIES) | stop_before_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )


def answer_to(state: str | None) -> ClientError | None:
    """What a client may be told of a failure of PostgreSQL's by its SQLSTATE; None where it is a fault of ours."""
    if state == _QUERY_CANCELED:
        return DeadlineError("A statement took longer than it may.")
    for beginning, message in _UNAVAILABLE.items():
        if state is not None and state.startswith(beginning):
            return UnavailableError(message)
    return None


def locks_retried(tries: int) -> AsyncRetrying:
    """Attempts at what waits for locks: where one is not had in time, others go first, and it is tried again."""
    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, DBAPIError) and _state(error) == _LOCK_NOT_AVAILABLE),
        stop=stop_after_attempt(tries),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        reraise=True,
    )


@contextmanager
def told() -> Iterator[None]:
    """Turn failures of PostgreSQL that are nobody's fault into what a client may be told.

    Raises:
        UnavailableError: no connection, no lock in time, no room, or conflicts to the end.
        DeadlineError: a statement took longer than it may.

    """
    try:
        yield
    except DBAPIError as error:
        answer = answer_to(_state(error))
        if answer is not None:
            raise answer from error
        if error.connection_invalidated or isinstance(error.orig.__cause__ if error.orig else None, LOST):
            raise UnavailableError("The database was lost; whether this was written is not known.") from error
        raise
    except PoolTimeoutError as error:
        raise UnavailableError("The service is busy.") from error
    except LOST as error:
        raise UnavailableError("The database cannot be reached.") from error


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and _state(error) in _CONFLICTS


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE, which the driver's errors carry."""
    return getattr(error.orig, "sqlstate", None)
