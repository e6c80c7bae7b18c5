"""The form of a field that hangs from no row: its arguments, or who asks, name a row or a page.

    looked_up  reads what the loader and the key stand for that a function of them finds

It is an ordinary Strawberry field, as those of `gql/fields.py` are.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from strawberry.types.fields.resolver import StrawberryResolver

from gql.context import Context, Info
from gql.fields import AskingField, Loads, Selected
from gql.selection import NEEDS, Selection

Found = tuple[Loads, Any]
"""A loader, and a key of it."""

Find = Callable[[Context, Any, Selected], Found | None]
"""Takes what the field's arguments mean, too; where it finds nothing, the field is null."""


class LookedUp(AskingField):
    """What a loader has for a key, both of which `find` finds."""

    @property
    def find(self) -> Find:
        """What finds them."""
        find: Find = self._declared
        return find

    def get_result(self, source: object, info: Info | None, args: object, kwargs: Mapping[str, Any]) -> Any:
        """What the loader has for the key, when its batch has come."""
        del source, args
        assert info is not None
        selected = partial(Selection.of, info._raw_info)  # noqa: SLF001 - the only way to the selection's nodes
        found = self.find(info.context, self.asked(kwargs), selected)
        if found is None:
            return None
        loads, key = found
        return loads.load(key)


def looked_up(find: Find, arguments: Callable[..., Any] | None, description: str, **options: Any) -> Any:
    """A field that `find` finds, by what `arguments`, a function of the field's arguments, makes of them.

    Its parameters become the field's arguments, in Strawberry's way.
    """
    resolver = None if arguments is None else StrawberryResolver(arguments)
    field = LookedUp(description=description, base_resolver=resolver, metadata={NEEDS: ()}, **options)
    field._declared = find  # noqa: SLF001
    return field
