"""How the loader of a declared relation is found: once for a column, and from what was found out before."""

from typing import Any

from strawberry import Schema

from gql.executor.arguments import Arguments, converted
from gql.executor.run import Run
from gql.fields import Loads, Relation
from gql.selection import Selection


class RelationFinder:
    """The loader of one selected relation. What arguments without variables mean is found out once for all runs."""

    def __init__(self, schema: Schema, declared: Relation, arguments: Arguments, selection: Selection | None) -> None:
        self._schema = schema
        self._declared = declared
        self._arguments = arguments
        self._constant = arguments.are_constant
        self._selection = selection
        self._known: list[Any] = []

    def arguments(self, run: Run) -> Any:
        """The arguments, as Strawberry hands them to a resolver.

        Raises:
            GraphQLError: one cannot be coerced.

        """
        if self._known:
            return None
        return converted(self._schema, self._declared, self._arguments.of(run))

    def loads(self, run: Run, arguments: Any) -> Loads:
        """The loader that they mean.

        Raises:
            ClientError: they mean nothing.

        """
        if self._known:
            asked = self._known[0]
        else:
            asked = self._declared.asked(arguments)
            if self._constant:
                self._known.append(asked)
        return self._declared.source.loader(run.context.loaders, asked, self._selected)

    def _selected(self) -> Selection:
        assert self._selection is not None, "nothing is selected of a plain value"
        return self._selection
