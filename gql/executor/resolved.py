"""The selected fields that have no path of their own."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from gql.executor.arguments import Arguments
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
                value = resolve(source, info, **arguments)
            except Exception as error:  # noqa: BLE001 - it is told in the place of the value
                value = self.failed(run, error)
            if optimized_is_awaitable(value) or self._promises_items(value):
                promised.append((index, self._whole(run, value)))
                value = COMING
            values.append(value)
        if promised:
            run.wait_for(promised, (self, values, results))
        else:
            self.finish(run, values, results)

    def _promises_items(self, value: Any) -> bool:
        if self.shape.item is None:
            return False
        if isinstance(value, list | tuple):
            return any(map(optimized_is_awaitable, value))
        return isinstance(value, AsyncIterable)

    async def _whole(self, run: Run, value: Any) -> Any:
        """What was promised, with all its items."""
        if optimized_is_awaitable(value):
            value = await value
        if not self._promises_items(value):
            return value
        if isinstance(value, AsyncIterable):
            return [item async for item in value]
        return await asyncio.gather(*(self._item(run, item) for item in value))

    async def _item(self, run: Run, item: Any) -> Any:
        try:
            return await item if optimized_is_awaitable(item) else item
        except Exception as error:  # noqa: BLE001 - it is told in the place of the item
            return self.failed(run, error)
