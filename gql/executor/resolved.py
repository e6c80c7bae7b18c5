"""Fields that nothing is known of but their resolver: it is called for every parent, and may promise anything."""

import asyncio
from collections.abc import AsyncIterable, Coroutine, Generator, Iterator
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from gql.executor.arguments import Arguments
from gql.executor.failures import Shape
from gql.executor.fields import LaterField, Results
from gql.executor.leaves import Completer
from gql.executor.run import COMING, Run


class Resolved(LaterField):
    """Any other field: its resolver is called for each parent, and what it promises is awaited for all together.

    The info is the same for all parents of a column; its path has the response keys, and no indexes of lists.
    """

    def __init__(
        self,
        key: str,
        completer: Completer,
        definition: GraphQLField,
        nodes: list[FieldNode],
        parent: GraphQLObjectType,
        arguments: Arguments,
        path: Path,
    ) -> None:
        super().__init__(key, completer)
        self._definition = definition
        self._nodes = nodes
        self._parent = parent
        self._arguments = arguments
        self._path = path

    @property
    def shareable(self) -> bool:
        """False: nobody knows what the resolver does."""
        return False

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Call the resolver for each parent."""
        resolve: Any = self._definition.resolve
        try:
            arguments = self._arguments.of(run)
            info = run.core.build_resolve_info(self._definition, self._nodes, self._parent, self._path)
        except Exception as error:  # noqa: BLE001 - it is told in the place of each value
            self.finish(run, [self.failed(run, error)] * len(sources), results)
            return
        values: list[Any] = []
        promised = []
        for index, source in enumerate(sources):
            try:
                value = _read(resolve(source, info, **arguments), self.shape.item)
            except Exception as error:  # noqa: BLE001 - it is told in the place of the value
                value = self.failed(run, error)
            if self._promises(value, self.shape.item):
                promised.append((index, _Promised(self, run, value)))
                value = COMING
            values.append(value)
        if promised:
            run.wait_for(promised, (self, values, results))
        else:
            self.finish(run, values, results)

    def _promises(self, value: Any, item: Shape | None) -> bool:
        """Whether anything in a value has to be waited for; `item` is the shape of its items where it is a list."""
        if optimized_is_awaitable(value):
            return True
        if item is None:
            return False
        if isinstance(value, list | tuple):
            if item.item is None:
                return any(map(optimized_is_awaitable, value))
            return any(self._promises(one, item.item) for one in value)
        return isinstance(value, AsyncIterable | Iterator)

    async def whole(self, run: Run, value: Any, item: Shape | None) -> Any:
        """What was promised, with all its items."""
        if optimized_is_awaitable(value):
            value = await value
        if item is None:
            return value
        value = [one async for one in value] if isinstance(value, AsyncIterable) else _read(value, item)
        if not self._promises(value, item):
            return value
        try:
            return await asyncio.gather(*(self._item(run, one, item.item) for one in value))
        except asyncio.CancelledError:
            _close(value)
            raise

    async def _item(self, run: Run, value: Any, item: Shape | None) -> Any:
        try:
            return await self.whole(run, value, item)
        except Exception as error:  # noqa: BLE001 - it is told in the place of the item
            return self.failed(run, error)


class _Promised:
    """A value of a column with all that it promises. Nothing of it runs before it is awaited."""

    def __init__(self, field: Resolved, run: Run, value: Any) -> None:
        self._field = field
        self._run = run
        self._value = value

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._field.whole(self._run, self._value, self._field.shape.item).__await__()

    def close(self) -> None:
        """Give it up."""
        _close(self._value)


def _close(value: Any) -> None:
    """Give up the coroutines in a value that nobody awaited yet: a task that is cancelled early never comes to them."""
    if isinstance(value, Coroutine):
        value.close()
    elif isinstance(value, list | tuple):
        for one in value:
            _close(one)


def _read(value: Any, item: Shape | None) -> Any:
    """What can be iterated only once, as a list, for its items may be promises; `item` as in `_promises`."""
    once = item is not None and isinstance(value, Iterator) and not isinstance(value, AsyncIterable)
    return list(value) if once else value
