"""One run of a plan: what was asked for and has not come yet, and how it is waited for.

All that can be had at once is run first; what remains is asked for, waited for together, and completed, which may ask
for more. So each wait takes a whole level of the query, and a loader hears of all of a level's keys before it leaves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

from graphql.execution import Executor
from graphql.execution.values import VariableValues

from core.observation import current
from gql.context import Context
from gql.executor.failures import Failed
from gql.fields import Answers


class Promise(Awaitable[Any], Protocol):
    """A value that a resolver promised."""

    def close(self) -> None:
        """Give it up. What was awaited does not notice; of what was not, nobody hears that it was not."""


class Place(Protocol):
    """A selected field, as far as a run must know it."""

    @property
    def coordinate(self) -> str:
        """Where the schema has it."""

    def finish(self, run: "Run", values: list[Any], results: Sequence[dict[str, Any]]) -> None:
        """Complete the values of a column, and put them into the results."""

    def failed(self, run: "Run", error: Exception) -> Failed:
        """What stands for a value of this field that cannot be had."""


Column = tuple[Place, list[Any], Sequence[dict[str, Any]]]
"""A field, its values so far, and the results that they belong to."""


class Run:
    """What one execution of a plan has going on."""

    def __init__(self, context: Context, variables: VariableValues, make_core: Callable[[], Executor[Any]]) -> None:
        self.context = context
        self.variables = variables
        self.failed = False
        """Whether anything failed so far."""
        self._make_core = make_core
        self._asked: list[tuple[Answers, Sequence[Any], Column]] = []
        self._awaited: list[tuple[Promise, int, Column]] = []

    @cached_property
    def core(self) -> Executor[Any]:
        """graphql-core's own executor of this operation, for what only that can make; it runs nothing."""
        return self._make_core()

    def ask(self, answers: Answers, keys: Sequence[Any], column: Column) -> None:
        """Note what a loader was asked for: a key for each value of the column that is not there yet."""
        self._asked.append((answers, keys, column))

    def wait_for(self, promises: Sequence[tuple[int, Promise]], column: Column) -> None:
        """Note what resolvers promised for some values of a column, by their index."""
        self._awaited += [(promise, index, column) for index, promise in promises]

    async def finish(self) -> None:
        """Wait for all that was asked for, and for all that this brings with it."""
        while self._asked or self._awaited:
            asked, self._asked = self._asked, []
            awaited, self._awaited = self._awaited, []
            if not awaited:
                await self.context.loaders.leave()
            elif len(awaited) == 1 and not asked:
                [(promise, index, column)] = awaited
                await self._fill(promise, index, column)
            else:
                # These may load what others load, too: the loaders' own scheduler brings them together.
                if asked:
                    self.context.loaders.leave_soon()
                fills = [self._fill(*one) for one in awaited]
                try:
                    await asyncio.gather(*fills, *(answers.answered() for answers, _, _ in asked))
                except asyncio.CancelledError:
                    for promise, _, _ in awaited:
                        promise.close()
                    raise
            self._complete(asked, awaited)

    async def _fill(self, promise: Promise, index: int, column: Column) -> None:
        field, values, _ = column
        try:
            values[index] = await promise
        except Exception as error:  # noqa: BLE001 - it is told in the place of the value
            values[index] = field.failed(self, error)

    def _complete(
        self,
        asked: list[tuple[Answers, Sequence[Any], Column]],
        awaited: list[tuple[Promise, int, Column]],
    ) -> None:
        observation = current()
        if observation is not None:
            observation.fields += [(field.coordinate, len(keys)) for _, keys, (field, _, _) in asked]
        for answers, keys, (field, values, results) in asked:
            field.finish(self, self._answered(field, answers, keys, values), results)
        done = set()
        for _, _, (field, values, results) in awaited:
            if id(values) not in done:
                done.add(id(values))
                field.finish(self, values, results)

    def _answered(self, field: Place, answers: Answers, keys: Sequence[Any], values: list[Any]) -> list[Any]:
        """The column's values; those without a key are there already, and are None."""
        try:
            found = answers.answers(keys)
        except Exception as error:  # noqa: BLE001 - each field that asked has it as its own
            failed = field.failed(self, error)
            found = [failed] * len(keys)
        if len(keys) == len(values):
            return found
        coming = iter(found)
        return [next(coming) if value is COMING else value for value in values]


class _Coming:
    """Stands for a value that a loader was asked for."""


COMING: Any = _Coming()
