"""Nobody waits for longer than a request may take, whatever he waits for before his operation runs."""

import asyncio
from time import perf_counter

from core.errors import ClientError, DeadlineError, UnavailableError

Running = asyncio.Task[object] | None
"""What `asyncio.current_task` answers."""


class Deadlines:
    """Cancels tasks that began and did not end in time.

    One timer for all is enough: whoever began first is the first whose time is over.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began: dict[Running, float] = {}
        """When each began, the first first."""
        self._missed: set[Running] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, began: float) -> Running:
        """Count the time of the task that calls this, from `began` by `perf_counter`; it calls `end` in any case."""
        task = asyncio.current_task()
        self._began[task] = began
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)
        return task

    def end(self, task: Running) -> None:
        """Count it no longer. Idempotent."""
        self._began.pop(task, None)

    def why_cancelled(self) -> ClientError:
        """What a client may be told of the task that calls this, when it was cancelled; it goes on to do that."""
        task = asyncio.current_task()
        if task in self._missed:
            self._missed.discard(task)
            if task is not None and task.uncancel() == 0:
                return late()
        return stopped()

    def _expire(self) -> None:
        self._timer = None
        for task, began in list(self._began.items()):
            left = began + self._seconds - perf_counter()
            if left > 0:
                self._timer = asyncio.get_running_loop().call_later(left, self._expire)
                return
            del self._began[task]
            self._missed.add(task)
            if task is not None:
                task.cancel()


def stopped() -> UnavailableError:
    """The server cancelled a request, as it does when it stops and has no more time."""
    return UnavailableError("The service stops; whether anything that this writes was written is not known.")


def late() -> DeadlineError:
    """The time that a request may take is over."""
    return DeadlineError("The request took longer than it may.")
