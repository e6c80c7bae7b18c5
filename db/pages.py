"""Keyset pages: a page is a walk along an index from a cursor, whatever stands before it.

The shape follows the Relay cursor connections specification, with both page flags exact. A list is ordered by one
column and, where that is equal, by id, both in the same direction, so that an index on the pair serves both.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    TableValuedAlias,
    bindparam,
    false,
    literal_column,
    null,
    true,
    tuple_,
)
from sqlalchemy import select as sql_select

from db.statements import AnySelect, hidden

R = TypeVar("R")

SortKey = tuple[Any, int]
"""The value of the column that orders the list, and the id: what a cursor carries."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""In the key of a post that was never published, which sorts as the newest."""
_INFINITY = NEVER.replace(tzinfo=None)
"""The same to the driver: PostgreSQL's infinity, which it reads and writes without a time zone."""


@dataclass(frozen=True, slots=True)
class PageArgs:
    """Which page: `size` rows after and before two places, from the front, or `backward` from the end.

    `want_next` and `want_previous` say whether anybody asks for the flags; what nobody asks for is not looked up.
    """

    size: int
    backward: bool = False
    after: SortKey | None = None
    before: SortKey | None = None
    want_next: bool = False
    want_previous: bool = False

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
        )

    def values(self) -> dict[str, Any]:
        """The values that the statement of this shape takes."""
        values: dict[str, Any] = {"limit": self.size + 1}
        for name, place in (("after", self.after), ("before", self.before)):
            if place is not None:
                sort, values[f"{name}_id"] = place
                values[f"{name}_sort"] = _INFINITY if sort == NEVER else sort
        return values


@dataclass(frozen=True, slots=True)
class PageShape:
    """What of a page's arguments changes the text of its statement."""

    backward: bool
    after: bool
    before: bool
    look_back: bool
    look_ahead: bool


@dataclass(slots=True)
class Page(Generic[R]):
    """Rows in the list's order, and whether anything stands on either side."""

    rows: list[R]
    has_next_page: bool = False
    has_previous_page: bool = False

    @property
    def sort_keys(self) -> list[SortKey]:
        """The sort key of each row."""
        return list(map(_sort_key(self.rows), self.rows))


@dataclass(frozen=True, slots=True)
class Keyset:
    """What orders a list; where no two rows have the same `sort`, it is `unique` and ids need no comparing."""

    sort: ColumnElement[Any]
    ident: ColumnElement[int]
    descending: bool
    unique: bool = False

    def walk(self, select: AnySelect, shape: PageShape) -> AnySelect:
        """Restrict `select` to what lies between the cursors, in walking order, one row more than the page."""
        if shape.after:
            select = select.where(self._beyond("after"))
        if shape.before:
            select = select.where(self._beyond("before"))
        return self.in_order(select, shape)

    def in_order(self, select: AnySelect, shape: PageShape) -> AnySelect:
        """Walk `select`, already restricted, for as many rows as the page needs."""
        return self._ordered(select, rising=self.descending == shape.backward).limit(_LIMIT)

    def _ordered(self, select: AnySelect, *, rising: bool) -> AnySelect:
        columns = (self.sort,) if self.unique else (self.sort, self.ident)
        return select.order_by(*(c.asc() if rising else c.desc() for c in columns))

    def look(
        self, select: AnySelect, side: str, *outer: FromClause, lists: "Lists | None" = None
    ) -> ColumnElement[bool]:
        """Whether any row stands at the cursor `side` or on its far side; `outer` is what `select` refers to."""
        # As a walk of one step, not as EXISTS: for that the planner may read a table until something turns up.
        found = self._ordered(select.with_only_columns(true(), maintain_column_froms=True), rising=side == "before")
        found = found.where(~self._beyond(side)).limit(_ONE)
        if lists is not None:
            step = found.correlate(*lists.tables, *outer).lateral("step")
            found = sql_select(true()).select_from(lists.joined(step)).where(lists.is_meant).limit(_ONE)
        return found.correlate(*outer or (None,)).scalar_subquery().is_not(None)

    def sides(self, select: AnySelect, shape: PageShape, *outer: FromClause, lists: "Lists | None" = None) -> AnySelect:
        """Both looks as one row, false where nothing was asked."""
        back = self.look(select, "after", *outer, lists=lists) if shape.look_back else false()
        ahead = self.look(select, "before", *outer, lists=lists) if shape.look_ahead else false()
        looks = sql_select(back.label("looked_back"), ahead.label("looked_ahead"))
        # OFFSET keeps the planner from looking again for each row of the page.
        return _correlated(looks.offset(literal_column("0")), *outer)

    def _beyond(self, side: str) -> ColumnElement[bool]:
        rising = self.descending != (side == "after")
        sort = bindparam(f"{side}_sort", type_=self.sort.type)
        if self.unique:
            return self.sort > sort if rising else self.sort < sort
        row = tuple_(self.sort, self.ident)
        place = tuple_(sort, bindparam(f"{side}_id", type_=self.ident.type))
        return row > place if rising else row < place


# `page_select` and `plain_page_select` tell the planner how few rows come at most.
_LIMIT = hidden(bindparam("limit", type_=Integer))
_ONE: ColumnElement[int] = literal_column("1")

BEHIND_PAGE = 5
"""The index of the first column behind those that every page has."""

MOST_ROWS = 101
"""No page has more rows than a hundred, and the one behind them that says whether there are more."""


def _correlated(select: AnySelect, *outer: FromClause) -> AnySelect:
    return select.correlate(*outer) if outer else select


def page_select(
    page: AnySelect,
    sides: AnySelect,
    wanted: TableValuedAlias | None,
    row: FromClause,
    columns: Iterable[ColumnElement[Any]],
    *,
    base: FromClause | None = None,
) -> AnySelect:
    """The statement of a page, or of one page for each key of `wanted`, in the form that `read_pages` takes.

    Args:
        page: the walk, with the keyset's two columns named `sort` and `id`; may refer to `wanted`.
        sides: one row with `looked_back` and `looked_ahead`; may refer to `wanted`.
        wanted: the keys, or None for a list that has no parent.
        row: the table that `columns` come from; found by its id.
        columns: what is read of each row.
        base: `wanted`, joined with what decides whether the viewer may see the parent.

    """
    outer = () if wanted is None else (wanted,)
    # The planner is told how few rows come; of a limit that is a parameter it would expect a tenth of the table.
    few = sql_select(_correlated(page, *outer).subquery("walk")).limit(literal_column(str(MOST_ROWS)))
    walked = few.lateral("page")
    looked = _correlated(sides, *outer).lateral("sides")
    parents = wanted if base is None else base
    source: FromClause = looked if parents is None else parents.join(looked, true())
    return sql_select(
        null().label("key") if wanted is None else wanted.c.id.label("key"),
        looked.c.looked_back,
        looked.c.looked_ahead,
        walked.c.sort,
        walked.c.id,
        *columns,
    ).select_from(source.outerjoin(walked, true()).outerjoin(row, row.c.id == walked.c.id))


@dataclass(frozen=True, slots=True)
class Lists:
    """Several lists of which a page is the union: a table with a row for each, and which of these are meant.

    With a `second` table, each of its rows with each of the first stands for a list.
    """

    table: FromClause
    is_meant: ColumnElement[bool]
    second: FromClause | None = None

    @property
    def tables(self) -> tuple[FromClause, ...]:
        """Both, or the one."""
        return (self.table,) if self.second is None else (self.table, self.second)

    def joined(self, each: FromClause) -> FromClause:
        """Each list with what is looked up for it."""
        lists = self.table if self.second is None else self.table.join(self.second, true())
        return lists.join(each, true())


def united(lists: Lists, page: AnySelect, keyset: Keyset, shape: PageShape, *outer: FromClause) -> AnySelect:
    """The page of a union of lists: of each of `lists` as many rows as the page needs, of these the first, each once.

    So that every list is walked along its index, and no more of it is read than could come to stand on the page.
    """
    each = page.correlate(*lists.tables, *outer).lateral("each")
    both = sql_select(each.c.sort, each.c.id).distinct().select_from(lists.joined(each))
    return Keyset(each.c.sort, each.c.id, keyset.descending).in_order(both.where(lists.is_meant), shape)


def plain_page_select(page: AnySelect, keyset: Keyset, columns: Iterable[ColumnElement[Any]]) -> AnySelect:
    """The same for a list without a parent, walked in the rows' own table, when nobody looks beyond a cursor."""
    found = page.with_only_columns(null(), false(), false(), keyset.sort, keyset.ident, *columns)
    return sql_select(found.subquery("walk")).limit(literal_column(str(MOST_ROWS)))


def read_pages(records: list[Any], keys: Sequence[Any], args: PageArgs, *, descending: bool) -> list[Page[Any]]:
    """Pages in the order of `keys`, of records that hold key, both looks, sort value, id, and then what they show."""
    looks = {} if args.after is None and args.before is None else {record[0]: record[1:3] for record in records}
    # A list that is empty has one record, in which nothing stands.
    rows = records if None not in map(_ID, records) else [record for record in records if record[4] is not None]
    if len(rows) > 1:
        # A join may return them in any order; they are few, and nearly always sorted already.
        rows.sort(key=_sort_key(rows), reverse=descending != args.backward)
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


_SORT, _ID = itemgetter(3), itemgetter(4)
_SORT_KEY: Callable[[Any], SortKey] = itemgetter(3, 4)
_NOTHING = (False, False)


def _sort_key(rows: Iterable[Any]) -> Callable[[Any], SortKey]:
    """What their sort keys are read by: infinity is no time that others compare with."""
    return _endless_sort_key if _INFINITY in map(_SORT, rows) else _SORT_KEY


def _endless_sort_key(record: Any) -> SortKey:
    return NEVER if record[3] == _INFINITY else record[3], record[4]


def empty_pages(number: int) -> list[Page[Any]]:
    """Pages of lists that hold nothing which the viewer may see."""
    return [Page([]) for _ in range(number)]
