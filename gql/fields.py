"""The forms in which a field of a type that stands for a row is declared.

    column     reads a column of its row
    computed   makes its value from columns of its row
    relation   reads other rows: it names the loader, and the column that holds its key
    counted    reads a plain value, likewise
    paged      reads a page of other rows, likewise
    loaded     reads a plain value by a loader that its parent brings
    looked_up  reads one row, or one page, by what its arguments name (gql/lookups.py)

They are ordinary Strawberry fields. Because they say what they need and where it comes from, instead of hiding it in
the body of a function, an executor can also run them for all rows of a level at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from db.rows import Columns
from gql.context import Info, RawInfo
from gql.relay.ids import encode_id
from gql.selection import NEEDS, Selection
from loaders.registry import Loaders


class Answers(Protocol):
    """Values of keys that were asked for together."""

    def answers(self, keys: Sequence[Any]) -> list[Any]: ...  # noqa: D102

    async def answered(self) -> None: ...  # noqa: D102


class Loads(Protocol):
    """What gives a value for a key, or for many at once: a loader, or what already has them."""

    def load(self, key: Any) -> Any: ...  # noqa: D102

    def load_column(self, keys: Iterable[Any]) -> Answers: ...  # noqa: D102


class Family(Protocol):
    """What gives a loader for a set of columns."""

    def reading(self, columns: Columns) -> Loads: ...  # noqa: D102


def column(description: str, *, needs: Columns | None = None, directives: tuple[object, ...] = ()) -> Any:
    """A field that is a column of its row, by the field's own name."""
    metadata = {} if needs is None else {NEEDS: needs}
    return strawberry.field(description=description, metadata=metadata, directives=directives)


class DeclaredField(StrawberryField):
    """A field with more to it than Strawberry copies: `_declared` goes along."""

    _declared: Any = None

    def __copy__(self) -> "DeclaredField":
        copy = super().__copy__()
        copy._declared = self._declared  # noqa: SLF001 - its own
        return copy

    @property
    def is_basic_field(self) -> bool:
        """Whether Strawberry need not make an Info for it."""
        return True


class Computed(DeclaredField):
    """A value made from the columns of its row: `_declared` takes the row."""

    @property
    def make(self) -> Callable[[Any], Any]:
        """What makes the value of a row."""
        make: Callable[[Any], Any] = self._declared
        return make

    def get_result(self, source: Any, info: object, args: object, kwargs: object) -> Any:
        """Make the value."""
        del info, args, kwargs
        return self._declared(source)


def computed(make: Callable[[Any], object], description: str, *, needs: Columns) -> Any:
    """A field that is made from columns of its row, without waiting for anything."""
    field = Computed(description=description, metadata={NEEDS: needs})
    field._declared = make  # noqa: SLF001
    return field


def global_id(type_name: str, of: str) -> Any:
    """The opaque id of a row, by which `node` finds it again."""
    return computed(lambda row: encode_id(type_name, row.id), f"The opaque id of {of}.", needs=("id",))


class Selected(Protocol):
    """Gives what is selected under a field, as its type, or as one of the types that it may turn out to be of."""

    def __call__(self, type_name: str | None = None) -> Selection: ...  # noqa: D102


From = Callable[[Loaders], Loads]
"""Takes the loader that is meant from those of a request."""


class Loaded(DeclaredField):
    """A value by a loader and a key that the parent brings itself: `_declared` takes it, and answers both."""

    def get_result(self, source: Any, info: object, args: object, kwargs: object) -> Any:
        """What the loader has for the key."""
        del info, args, kwargs
        loads, key = self.loads(source)
        return loads.load(key)

    def loads(self, source: Any) -> tuple[Loads, Any]:
        """The loader that a parent brings, and its key."""
        found: tuple[Loads, Any] = self._declared(source)
        return found


def loaded(loads: Callable[[Any], tuple[Any, object]], description: str) -> Any:
    """A field that is the value which a loader of the parent's own has for a key of its own."""
    field = Loaded(description=description, metadata={NEEDS: ()})
    field._declared = loads  # noqa: SLF001
    return field


@dataclass(frozen=True, slots=True)
class Source:
    """Where a relation's rows come from.

    `loader` takes what the field's arguments mean, and what gives the selection under the field, and answers what takes
    the loader from those of a request: the same for the same arguments and selection, and it may be kept. `key` is the
    attribute of the parent that holds the key; where that is None, so is the field. A list that has no parent has no
    `key` either.
    """

    loader: Callable[[Any, Selected], From]
    key: str | None


class AskingField(DeclaredField):
    """One that finds its loader through the Info, by what its arguments mean."""

    @property
    def is_basic_field(self) -> bool:
        """False: it needs the Info."""
        return False

    def asked(self, arguments: Mapping[str, Any]) -> Any:
        """What the field's arguments mean: the same for the same arguments, and nobody changes it."""
        return None if self.base_resolver is None else self.base_resolver(**arguments)


class Relation(AskingField):
    """Other rows, by a key that stands in this one."""

    _declared: Source

    @property
    def source(self) -> Source:
        """Which loader, and which key."""
        return self._declared

    def get_result(
        self,
        source: Any,
        info: Info | None,
        args: object,
        kwargs: Mapping[str, Any],
    ) -> Any:
        """What the loader has for the parent's key, when its batch has come."""
        del args
        assert info is not None
        if self.source.key is None:
            return self.loads(info, kwargs).load(None)
        key = getattr(source, self.source.key)
        return None if key is None else self.loads(info, kwargs).load(key)

    def loads(self, info: Info, arguments: Mapping[str, Any]) -> Loads:
        """The loader of the selection being resolved; found for the first parent, and remembered for the others."""
        raw = info._raw_info  # noqa: SLF001 - the only way to the selection's nodes
        found_for = info.context.found_for
        place = place_of(raw)
        found = found_for.get(place)
        if found is None:
            asked = self.asked(arguments)
            found = found_for[place] = self.source.loader(asked, partial(Selection.of, raw))(info.context.loaders)
        loads: Loads = found
        return loads


def relation(family: Callable[[Loaders], Family], key: str, description: str, **options: Any) -> Any:
    """A field that is the row, or the rows, which a family of loaders has for a key of this row."""

    def loader(_asked: object, selected: Selected) -> From:
        columns = selected().columns
        return lambda loaders: family(loaders).reading(columns)

    return _relation(Source(loader, key), description, None, options)


def counted(loads: From, key: str, description: str, **options: Any) -> Any:
    """A field that is a plain value which a loader has for a key of this row."""

    def loader(_asked: object, _selected: object) -> From:
        return loads

    return _relation(Source(loader, key), description, None, options)


def paged(
    loader: Callable[[Any, Selection], From],
    key: str | None,
    arguments: Callable[..., Any],
    description: str,
    **options: Any,
) -> Any:
    """A field with arguments: `arguments` is a function of them, and `loader` is given what it returns.

    Its parameters become the field's arguments, in Strawberry's way; it runs once for each selection. What `loader`
    answers takes the loader from those of a request; it is kept, where the arguments are constant.
    """

    def load(asked: object, selected: Selected) -> From:
        return loader(asked, selected())

    return _relation(Source(load, key), description, arguments, options)


def _relation(
    source: Source, description: str, arguments: Callable[..., Any] | None, options: dict[str, Any]
) -> Relation:
    resolver = None if arguments is None else StrawberryResolver(arguments)
    metadata = {NEEDS: () if source.key is None else (source.key,)}
    field = Relation(description=description, base_resolver=resolver, metadata=metadata, **options)
    field._declared = source  # noqa: SLF001
    return field


Place = tuple[str, *tuple[int, ...]]


def place_of(raw: RawInfo) -> Place:
    """What tells one selection of a field from another: the type it stands on, and all its merged nodes."""
    return (raw.parent_type.name, *map(id, raw.field_nodes))
