"""What a transaction wrote, row by row: the word by which caches and events learn of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that was written.

    `entity` is what kind of row it is, such as `post` or `post_tag`; `id` is the row's, or, of a link, that of the post
    it belongs to; None says that any row of the entity may have changed. `before` and `after` hold what lists
    and look-ups depend on; `columns` are the names of all columns that an update changed.
    """

    entity: str
    kind: Kind
    id: int | None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    columns: frozenset[str] = frozenset()
