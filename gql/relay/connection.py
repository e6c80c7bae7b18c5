"""Connections, as Relay's Cursor Connections specification has them, with `nodes` and `totalCount` beside."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import strawberry

from db.pages import SortKey
from db.rows import Columns
from gql.fields import computed, loaded
from gql.relay.cursors import encode_cursor
from gql.selection import Selection
from loaders.batch import LoadedPage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A row at its place in a list; its cursor is made when it is asked for."""

    node: Any
    order: str
    sort_key: SortKey


@strawberry.type(description="A row, and its place in the list.")
class Edge(Generic[T]):
    """Stands for an EdgeRow."""

    cursor: str = computed(
        lambda edge: encode_cursor(edge.order, edge.sort_key),
        "The place, for `after` and `before` of lists in the same order.",
        needs=(),
    )
    node: T = strawberry.field(description="The row itself.")


@strawberry.type(description="Whether there is more on either side of a page, and where it begins and ends.")
class PageInfo:
    """Stands for a LoadedPage."""

    has_next_page: bool = computed(lambda p: p.rows.has_next_page, "Whether anything comes after this page.", needs=())
    has_previous_page: bool = computed(
        lambda p: p.rows.has_previous_page, "Whether anything comes before this page.", needs=()
    )
    start_cursor: str | None = computed(lambda p: _cursor(p, 0), "The place of the page's first row.", needs=())
    end_cursor: str | None = computed(lambda p: _cursor(p, -1), "The place of the page's last row.", needs=())


def edges_of(page: LoadedPage[Any, Any]) -> list[EdgeRow]:
    """The rows of a page at their places."""
    rows = page.rows
    return [EdgeRow(row, page.order, key) for row, key in zip(rows.rows, rows.sort_keys, strict=True)]


rows_of: Callable[[LoadedPage[Any, Any]], list[Any]] = attrgetter("page.rows")
"""The rows of a page."""


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """Stands for a LoadedPage."""

    edges: list[Edge[T]] = computed(edges_of, "The page's rows with their places.", needs=())
    nodes: list[T] = computed(rows_of, "The page's rows.", needs=())
    page_info: PageInfo = computed(lambda p: p, "What lies around the page.", needs=())
    total_count: int = loaded(
        lambda p: (p.counts(), p.key), "How many rows the whole list holds; counted only when asked for."
    )


def row_columns(connection: Selection) -> Columns:
    """The columns that a connection's selection needs of its rows, by `nodes` and by `edges` together."""
    nodes = connection.under("nodes").columns
    edges = connection.under("edges").under("node").columns
    return nodes if nodes == edges else ("id", *sorted({*nodes, *edges} - {"id"}))


@dataclass(frozen=True, slots=True)
class CountOnly:
    """Answers for a loader of pages where nothing of the page itself was asked for."""

    order: str
    counts: Callable[[], Any]

    def load(self, key: Any) -> LoadedPage[Any, Any]:
        """A page that was not read."""
        return LoadedPage(None, self.order, self.counts, key)

    def load_column(self, keys: Iterable[Any]) -> "CountOnly":
        """Nothing needs to be fetched: it has all answers itself."""
        del keys
        return self

    def answers(self, keys: Sequence[Any]) -> list[LoadedPage[Any, Any]]:
        """A page that was not read, for each."""
        return [self.load(key) for key in keys]

    async def answered(self) -> None:
        """Nothing needs to be waited for."""


def wants_rows(connection: Selection) -> bool:
    """Whether a connection's selection asks for more than its count."""
    return bool(connection.fields.keys() - {"totalCount", "__typename"})


def _cursor(page: LoadedPage[Any, Any], index: int) -> str | None:
    keys = page.rows.sort_keys
    return encode_cursor(page.order, keys[index]) if keys else None
