"""How the loader of a declared field is found: once for a column, and from what was found out before."""

from typing import Any

from graphql import FieldNode, GraphQLObjectType, get_named_type
from graphql.type import GraphQLOutputType

from gql.executor.arguments import Converted
from gql.executor.run import Run
from gql.fields import AskingField, From, Loads, Relation
from gql.lookups import Found, LookedUp
from gql.selection import Meaning, Selection


class Under:
    """What is selected under a field, as its type, or as one of those that it may turn out to be of; kept."""

    def __init__(self, meaning: Meaning, nodes: list[FieldNode], type_: GraphQLOutputType) -> None:
        self._meaning = meaning
        self._nodes = nodes
        self._type = get_named_type(type_)
        self._known: dict[str | None, Selection] = {}

    def __call__(self, type_name: str | None = None) -> Selection:
        """The selection."""
        found = self._known.get(type_name)
        if found is None:
            type_ = self._type if type_name is None else self._meaning.schema.type_map[type_name]
            assert isinstance(type_, GraphQLObjectType), "nothing is selected of a plain value"
            found = self._known[type_name] = Selection(self._meaning, self._nodes, type_)
        return found


class _Asked:
    """What the arguments of a selected field mean; of those without variables it is found out once for all runs."""

    def __init__(self, declared: AskingField, arguments: Converted) -> None:
        self._declared = declared
        self._arguments = arguments
        self._known: list[Any] = []

    def arguments(self, run: Run) -> Any:
        """The arguments, as Strawberry hands them to a resolver.

        Raises:
            GraphQLError: one cannot be coerced.

        """
        return None if self._known else self._arguments.of(run)

    def of(self, arguments: Any) -> Any:
        """What they mean.

        Raises:
            ClientError: they mean nothing.

        """
        if self._known:
            return self._known[0]
        asked = self._declared.asked(arguments)
        if self._arguments.are_constant:
            self._known.append(asked)
        return asked


class RelationFinder:
    """The loader of one selected relation."""

    def __init__(self, declared: Relation, arguments: Converted, under: Under) -> None:
        self._source = declared.source
        self._constant = arguments.are_constant
        self._asked = _Asked(declared, arguments)
        self._under = under
        self._known: From | None = None

    def arguments(self, run: Run) -> Any:
        """The arguments, as Strawberry hands them to a resolver.

        Raises:
            GraphQLError: one cannot be coerced.

        """
        return None if self._known is not None else self._asked.arguments(run)

    def loads(self, run: Run, arguments: Any) -> Loads:
        """The loader that they mean.

        Raises:
            ClientError: they mean nothing.

        """
        take = self._known
        if take is None:
            take = self._source.loader(self._asked.of(arguments), self._under)
            if self._constant:
                self._known = take
        return take(run.context.loaders)


class KeyFinder:
    """The loader and the key of one field that is looked up."""

    def __init__(self, declared: LookedUp, arguments: Converted, under: Under) -> None:
        self._find = declared.find
        self._asked = _Asked(declared, arguments)
        self._under = under

    def found(self, run: Run) -> Found | None:
        """Both; None where the field is null.

        Raises:
            GraphQLError: an argument cannot be coerced.
            ClientError: they mean nothing.

        """
        return self._find(run.context, self._asked.of(self._asked.arguments(run)), self._under)
