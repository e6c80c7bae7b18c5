"""Pages of lists, and what they are asked by.

The shape follows the Relay cursor connections specification, with both page flags exact. The statements that read them
are made in `db.keyset`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

R = TypeVar("R")

SortKey = tuple[Any, int]
"""The value of the column that orders the list, and the id: what a cursor carries."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""In the key of a post that was never published, which sorts as the newest."""
_INFINITY = NEVER.replace(tzinfo=None)
"""The same to the driver: PostgreSQL's infinity, which it reads and writes without a time zone."""


class PageArgs(NamedTuple):
    """Which page: `size` rows after and before two places, from the front, or `backward` from the end.

    `want_next` and `want_previous` say whether anybody asks for the flags, `want_sort` whether for what cursors carry;
    what nobody asks for is not looked up.
    """

    size: int
    backward: bool = False
    after: SortKey | None = None
    before: SortKey | None = None
    want_next: bool = False
    want_previous: bool = False
    want_sort: bool = False

    @property
    def shape(self) -> "PageShape":
        """What of this changes the text of the statement."""
        return PageShape(
            self.backward,
            self.after is not None,
            self.before is not None,
            # Walking towards a side tells by one row more whether anything follows there; a look beyond is only
            # needed behind a cursor.
            look_back=self.want_previous and self.after is not None,
            look_ahead=self.want_next and self.before is not None,
            sort=self.want_sort,
        )

    def values(self) -> dict[str, Any]:
        """The values that the statement of this shape takes."""
        values: dict[str, Any] = {"limit": self.size + 1}
        for name, place in (("after", self.after), ("before", self.before)):
            if place is not None:
                sort, values[f"{name}_id"] = place
                values[f"{name}_sort"] = _INFINITY if sort == NEVER else sort
        return values


class PageShape(NamedTuple):
    """What of a page's arguments changes the text of its statement."""

    backward: bool
    after: bool
    before: bool
    look_back: bool
    look_ahead: bool
    sort: bool


_PLACE: Callable[[Any], Any] = itemgetter(3)
_ID: Callable[[Any], Any] = itemgetter(4)
_ID_AND_SORT: Callable[[Any], tuple[int, Any]] = itemgetter(4, 5)
_IDS: Callable[[Any], list[int]] = attrgetter("ids")
_NOTHING = (False, False)


@dataclass(slots=True)
class Page(Generic[R]):
    """Rows in the list's order, and whether anything stands on either side."""

    rows: list[R]
    has_next_page: bool = False
    has_previous_page: bool = False

    @property
    def ids(self) -> list[int]:
        """The id of each row."""
        return list(map(_ID, self.rows))

    @property
    def sort_keys(self) -> list[SortKey]:
        """The sort key of each row, where it was wanted."""
        return [(NEVER if sort == _INFINITY else sort, key) for key, sort in map(_ID_AND_SORT, self.rows)]


BEHIND_PAGE = 6
"""The index of the first column behind those that every page has."""


def read_pages(records: list[Any], keys: Sequence[Any], args: PageArgs) -> list[Page[Any]]:
    """Pages in the order of `keys`, of records that hold key, both looks, place, id, sort value, and what they show."""
    looks = {} if args.after is None and args.before is None else {record[0]: record[1:3] for record in records}
    # A list that is empty has one record, in which nothing stands.
    rows = records if None not in map(_ID, records) else [record for record in records if record[4] is not None]
    # A join may return them in any order; they are few, and nearly always sorted already.
    rows.sort(key=_PLACE)
    if len(keys) == 1:
        return [_page(rows, args, *looks.get(keys[0], _NOTHING))]
    by_key: dict[Any, list[Any]] = {key: [] for key in keys}
    for row in rows:
        by_key[row[0]].append(row)
    return [_page(found, args, *looks.get(key, _NOTHING)) for key, found in by_key.items()]


def _page(rows: list[Any], args: PageArgs, looked_back: bool, looked_ahead: bool) -> Page[Any]:
    more = len(rows) > args.size
    if more:
        del rows[args.size :]
    if args.backward:
        rows.reverse()
        return Page(rows, looked_ahead, looked_back or more)
    return Page(rows, looked_ahead or more, looked_back)


def ids_of(pages: Iterable[Page[Any]]) -> Iterator[int]:
    """The ids of all their rows."""
    return chain.from_iterable(map(_IDS, pages))


def empty_pages(number: int) -> list[Page[Any]]:
    """Pages of lists that hold nothing which the viewer may see."""
    return [Page([]) for _ in range(number)]
