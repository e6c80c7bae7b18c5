"""What batches by key have in common: records that begin with the key they belong to."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.reads.rights import Reach, reach_of, rights_of, values_of
from db.statements import RowStatement, Statement

R = TypeVar("R")

_KEY, _ID = itemgetter(0), itemgetter(1)

KEYED, LINKED = 1, 2
"""How many values stand before the row's own: the key, and in records of linked rows the row's id."""
PROVEN = 2
"""The key, and the proof."""

Found = Iterable[tuple[Any, R]]
"""Rows beside the key that each belongs to, in the order of their list; the loaders put them in the keys' order."""


async def find(session: ReadSession, statement: RowStatement[R], keys: Sequence[Any], **values: object) -> Found[R]:
    """Run a statement over the keys (its array `ids`), whose records hold the key and then the row's columns."""
    rows = await session.fetch(statement, {"ids": keys, **values})
    return zip(map(_KEY, rows), rows, strict=True)


async def fetch_readable(
    session: ReadSession,
    asker: Asker,
    make_statement: Callable[[Reach], Statement],
    keys: Sequence[Any],
    *,
    proof: int,
    **values: object,
) -> list[Any]:
    """The records of a statement that depends on who asks, unless they prove that it made no difference.

    They do where there is one for each key, and each says, in its column of the index `proof`, that everybody may see
    all of it. A key without a record may be one that is hidden from this viewer.
    """
    with asker.unless_proven() as proven:
        viewer = proven.viewer
        records = await session.fetch(make_statement(reach_of(viewer)), {"ids": keys, **values, **values_of(viewer)})
        keys_found, proofs = set(map(_KEY, records)), map(itemgetter(proof), records)
        proven.holds = keys_found.issuperset(keys) and all(proofs)
        if not proven.holds:
            session.depends_on(rights_of(viewer))
    return records


async def find_readable(
    session: ReadSession,
    asker: Asker,
    make_statement: Callable[[Reach], RowStatement[R]],
    keys: Sequence[Any],
) -> Found[R]:
    """The rows of such a statement; the proof stands right behind the key."""
    rows = await fetch_readable(session, asker, make_statement, keys, proof=1)
    return zip(map(_KEY, rows), rows, strict=True)


async def find_linked(
    session: ReadSession, entity: str, statement: RowStatement[R], keys: Sequence[Any], **values: object
) -> Found[R]:
    """The same for rows of an entity that hang from the keys; their ids stand in the records behind the keys.

    What hangs from several keys is one row.
    """
    rows = await session.fetch(statement, {"ids": keys, **values})
    one_of_each = dict(zip(map(_ID, rows), rows, strict=True))
    session.depends_on(depends.rows(entity, one_of_each))
    return zip(map(_KEY, rows), map(one_of_each.__getitem__, map(_ID, rows)), strict=True)


async def count(session: ReadSession, statement: Statement, keys: Sequence[int], **values: object) -> list[int]:
    """Run a statement whose records are a key and a number; 0 for a key without a record."""
    records = await session.fetch(statement, {"ids": keys, **values})
    counts = {record[0]: record[1] for record in records}
    return [counts.get(key, 0) for key in keys]
