"""Keyset pages: a page is a walk along an index from a cursor, whatever stands before it.

A list is ordered by one column and, where that is equal, by id, both in the same direction, so that an index on the
pair serves both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    TableValuedAlias,
    bindparam,
    false,
    func,
    literal_column,
    null,
    true,
    tuple_,
)
from sqlalchemy import select as sql_select

from db.pages import PageShape
from db.statements import AnySelect, hidden


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

    def place(self, walk: FromClause, shape: PageShape) -> ColumnElement[int]:
        """The place of a row in what was walked, the first being 1."""
        walked = Keyset(walk.c.sort, walk.c.id, self.descending, self.unique)
        return func.row_number().over(order_by=walked._order(rising=self.descending == shape.backward))

    def _ordered(self, select: AnySelect, *, rising: bool) -> AnySelect:
        return select.order_by(*self._order(rising=rising))

    def _order(self, *, rising: bool) -> list[ColumnElement[Any]]:
        columns = (self.sort,) if self.unique else (self.sort, self.ident)
        return [c.asc() if rising else c.desc() for c in columns]

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

_MOST_ROWS: ColumnElement[int] = literal_column("101")
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
    keyset: Keyset,
    shape: PageShape,
    base: FromClause | None = None,
) -> AnySelect:
    """The statement of a page, or of one page for each key of `wanted`, in the form that `read_pages` takes.

    Args:
        page: the walk, with the keyset's two columns named `sort` and `id`; may refer to `wanted`.
        sides: one row with `looked_back` and `looked_ahead`; may refer to `wanted`.
        wanted: the keys, or None for a list that has no parent.
        row: the table that `columns` come from; found by its id.
        columns: what is read of each row.
        keyset: what orders the walk.
        shape: what else shapes it.
        base: `wanted`, joined with what decides whether the viewer may see the parent.

    """
    outer = () if wanted is None else (wanted,)
    # The planner is told how few rows come; of a limit that is a parameter it would expect a tenth of the table.
    walk = _correlated(page, *outer).subquery("walk")
    few = sql_select(keyset.place(walk, shape).label("place"), walk.c.id, walk.c.sort).limit(_MOST_ROWS)
    walked = few.lateral("page")
    looked = _correlated(sides, *outer).lateral("sides")
    parents = wanted if base is None else base
    source: FromClause = looked if parents is None else parents.join(looked, true())
    return sql_select(
        null().label("key") if wanted is None else wanted.c.id.label("key"),
        looked.c.looked_back,
        looked.c.looked_ahead,
        walked.c.place,
        walked.c.id,
        walked.c.sort if shape.sort else null(),
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


def plain_page_select(
    page: AnySelect, columns: Iterable[ColumnElement[Any]], *, keyset: Keyset, shape: PageShape
) -> AnySelect:
    """The same for a list without a parent, walked in the rows' own table, when nobody looks beyond a cursor."""
    walk = page.with_only_columns(keyset.sort, keyset.ident, *columns).subquery("walk")
    sort, ident, *shown = walk.c
    place = keyset.place(walk, shape)
    return sql_select(null(), false(), false(), place, ident, sort if shape.sort else null(), *shown).limit(_MOST_ROWS)
