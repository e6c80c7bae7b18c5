"""The four arguments of a connection (Relay's Cursor Connections specification)."""

from dataclasses import dataclass
from typing import Annotated

import strawberry

from core.errors import BadInputError
from db.pages import PageArgs
from gql.given import given
from gql.relay.cursors import decode_cursor
from gql.selection import Selection

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
_CURSORS = frozenset(("startCursor", "endCursor"))
_NODES = frozenset(("node", "__typename"))
"""What of an edge needs no place in the list."""

First = Annotated[
    int | None, strawberry.argument(description="How many from the front; 20 without `last`, at most 100.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many from the end; at most 100, and not with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@dataclass(frozen=True, slots=True)
class Paging:
    """The arguments as the client gave them."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None

    def args(self, order: str, selection: Selection) -> PageArgs:
        """The page that they mean in a list of this order.

        Raises:
            BadInputError: a size or a cursor that cannot be.

        """
        first, last, after, before = given(self.first), given(self.last), given(self.after), given(self.before)
        if first is not None and last is not None:
            raise BadInputError("Ask for `first` or for `last`, not for both.", ["last"])
        size = last if last is not None else DEFAULT_SIZE if first is None else first
        if not 0 <= size <= LARGEST_SIZE:
            name = "first" if last is None else "last"
            raise BadInputError(f"`{name}` must be between 0 and {LARGEST_SIZE}, not {size}.", [name])
        flags, of_edges = selection.under("pageInfo").fields.keys(), selection.under("edges").fields.keys()
        return PageArgs(
            size,
            last is not None,
            None if after is None else decode_cursor(order, after, "after"),
            None if before is None else decode_cursor(order, before, "before"),
            want_next="hasNextPage" in flags,
            want_previous="hasPreviousPage" in flags,
            want_sort=not flags.isdisjoint(_CURSORS) or not of_edges <= _NODES,
        )
