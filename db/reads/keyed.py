"""What batches by key have in common: records that begin with the key they belong to."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from core.viewer import Asker
from db import depends
from db.database import ReadSession, Record
from db.reads.rights import Reach, reach_of, rights_of, values_of
from db.statements import Statement

R = TypeVar("R")

_KEY = itemgetter(0)

Found = list[tuple[Any, R]]
"""Rows beside the key that each belongs to, in the order of their list; the loaders put them in the keys' order."""


async def find(
    session: ReadSession, statement: Statement, keys: Sequence[Any], make_row: Callable[..., R], **values: object
) -> Found[R]:
    """Run a statement over the keys (its array `ids`), whose records hold the key and then the row's columns."""
    records = await session.fetch(statement, {"ids": keys, **values})
    return [(record[0], make_row(*record[1:])) for record in records]


async def fetch_readable(
    session: ReadSession,
    asker: Asker,
    make_statement: Callable[[Reach], Statement],
    keys: Sequence[Any],
    *,
    proof: int,
    **values: object,
) -> list[Record]:
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
    make_statement: Callable[[Reach], Statement],
    keys: Sequence[Any],
    make_row: Callable[..., R],
) -> Found[R]:
    """The rows of such a statement; the proof stands right behind the key."""
    records = await fetch_readable(session, asker, make_statement, keys, proof=1)
    return [(record[0], make_row(*record[2:])) for record in records]


async def find_linked(
    session: ReadSession,
    entity: str,
    statement: Statement,
    keys: Sequence[Any],
    make_row: Callable[..., R],
    **values: object,
) -> Found[R]:
    """The same for rows of an entity that hang from the keys; their ids stand in the records behind the keys.

    What hangs from several keys is one row.
    """
    records = await session.fetch(statement, {"ids": keys, **values})
    made: dict[Any, R] = {}
    for record in records:
        if record[1] not in made:
            made[record[1]] = make_row(*record[2:])
    session.depends_on(depends.rows(entity, made))
    return [(record[0], made[record[1]]) for record in records]


async def count(session: ReadSession, statement: Statement, keys: Sequence[int], **values: object) -> list[int]:
    """Run a statement whose records are a key and a number; 0 for a key without a record."""
    records = await session.fetch(statement, {"ids": keys, **values})
    counts = {record[0]: record[1] for record in records}
    return [counts.get(key, 0) for key in keys]
