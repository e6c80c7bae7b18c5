"""Comments that statements carry, for PostgreSQL's log and views (https://google.github.io/sqlcommenter/spec/).

PostgreSQL prepares each text for itself. So a comment that is the same for many requests costs one prepared statement
more for each operation; one that differs from request to request would leave no room for any other, and is sent
unprepared.
"""

from functools import lru_cache
from urllib.parse import quote

from core.observation import Observation

MOST_NAMES = 50
"""Names of operations that are told; clients choose them, and each has statements of its own. Others are `other`."""
OTHER = "other"


class SqlComments:
    """Tells the operation; with `traces`, of those that are traced the trace, too."""

    def __init__(self, *, traces: bool) -> None:
        self._traces = traces
        self._names: set[str] = set()

    def of(self, sql: str, observation: Observation) -> tuple[str, bool]:
        """The statement with its comment, and whether it may be prepared for others to come."""
        name = observation.name
        if name is not None and name not in self._names:
            if len(self._names) < MOST_NAMES:
                self._names.add(name)
            else:
                name = OTHER
        if self._traces and observation.traceparent:
            operation = {} if name is None else {"operation": name}
            return _with(sql, operation | {"traceparent": observation.traceparent}), False
        return (sql if name is None else _with_operation(sql, name)), True


@lru_cache(maxsize=4_096)
def _with_operation(sql: str, name: str) -> str:
    return _with(sql, {"operation": name})


def _with(sql: str, told: dict[str, str]) -> str:
    pairs = ",".join(f"{key}='{quote(value, safe='')}'" for key, value in told.items())
    return f"{sql} /*{pairs}*/"
