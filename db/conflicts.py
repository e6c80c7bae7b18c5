"""Transactions that come in each other's way: which failures another try may mend, and what the client is told.

Under READ COMMITTED with row locks these are deadlocks, and rules that two transactions checked at the same time: the
same slug, a row that the other deleted. The second try finds what the first one left, and refuses in peace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random_exponential

from core.errors import DeadlineError, UnavailableError
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
_LOCK_NOT_AVAILABLE = "55P03"
_QUERY_CANCELED = "57014"


def conflicts_retried(seconds: float) -> AsyncRetrying:
    """Attempts at a transaction: conflicts are retried, three times at most, with jitter, and within these seconds."""
    return AsyncRetrying(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_attempt(1 + RETRIES) | stop_before_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        reraise=True,
    )


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
        UnavailableError: no connection, no lock in time, or conflicts to the end.
        DeadlineError: a statement took longer than it may.

    """
    try:
        yield
    except DBAPIError as error:
        if _is_conflict(error):
            raise UnavailableError("Others write to the same rows; ask again.") from error
        if _state(error) == _LOCK_NOT_AVAILABLE:
            raise UnavailableError("Others hold what this needs; ask again.") from error
        if _state(error) == _QUERY_CANCELED:
            raise DeadlineError("A statement took longer than it may.") from error
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
