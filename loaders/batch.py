"""What a file of an entity declares its loaders with.

    ByKey      a row for each key, or None where there is none, or none that the viewer may see
    ManyByKey  a list of rows for each key
    PageByKey  a page of rows for each key, and how many there are altogether

Each is a family of loaders, one for each set of columns (or page), made when first asked for, for one request.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import Any, Generic, TypeVar

from core.viewer import Asker
from db.database import ReadSession
from db.pages import Page
from db.reads.keyed import Found
from db.rows import Columns
from loaders.dispatch import Loader, Scheduler, refuse

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Scope:
    """What all loaders of one request share."""

    session: ReadSession
    asker: Asker
    scheduler: Scheduler
    made: list[dict[Hashable, Loader[Any, Any]]] = field(default_factory=list)
    """The loaders of each family that has some."""

    def close(self) -> None:
        """End what still runs, and part the families from their loaders, which know each other.

        Else all that was read would lie about until the garbage collector comes.
        """
        self.scheduler.close()
        for loaders in self.made:
            loaders.clear()


class _Family(Generic[K, R]):
    def __init__(self, name: str, scope: Scope) -> None:
        self.name = name
        self._scope = scope
        self._loaders: dict[Hashable, Loader[Any, Any]] = {}

    def _loader(self, variant: Hashable, fetch: Callable[[list[K]], Awaitable[list[Any]]]) -> Loader[K, Any]:
        loader = self._loaders.get(variant)
        if loader is None:
            if not self._loaders:
                self._scope.made.append(self._loaders)
            loader = self._loaders[variant] = Loader(self.name, fetch, self._scope.scheduler)
        return loader


class _RowFamily(_Family[K, R]):
    """Rows that one function finds, whatever the columns."""

    def __init__(self, name: str, scope: Scope, find: Callable[[list[K], Columns], Awaitable[Found[R]]]) -> None:
        super().__init__(name, scope)
        self._find = find


class ByKey(_RowFamily[K, R]):
    """A row for each key, or None."""

    def reading(self, columns: Columns) -> Loader[K, R | None]:
        """The loader that reads these columns."""
        return self._loaders.get(columns) or self._loader(columns, partial(self._fetch, columns))

    async def _fetch(self, columns: Columns, keys: list[K]) -> list[R | None]:
        rows = dict(await self._find(keys, columns))
        return list(map(rows.get, keys))


class ManyByKey(_RowFamily[K, R]):
    """A list of rows for each key, in the order in which they were found."""

    def reading(self, columns: Columns) -> Loader[K, list[R]]:
        """The loader that reads these columns."""
        return self._loaders.get(columns) or self._loader(columns, partial(self._fetch, columns))

    async def _fetch(self, columns: Columns, keys: list[K]) -> list[list[R]]:
        lists: dict[K, list[R]] = {key: [] for key in keys}
        for key, row in await self._find(keys, columns):
            lists[key].append(row)
        return list(lists.values())


@dataclass(slots=True, eq=False)
class LoadedPage(Generic[K, R]):
    """A page, what it is ordered by, and what finds the loader of how many rows its list has in all.

    `page` is None when only that was asked.
    """

    page: Page[R] | None
    order: str
    counts: Callable[[], Loader[K, int]]
    key: K

    @property
    def rows(self) -> Page[R]:
        """The page itself, where it was asked for."""
        assert self.page is not None, "only the count of this list was asked for"
        return self.page


class PageByKey(_Family[K, R]):
    """A page of rows for each key. `find` and `count` take the keys, and what says which list and which page."""

    def pages(
        self,
        variant: Hashable,
        order: str,
        counts: Callable[[], Loader[K, int]],
        find: Callable[[list[K]], Awaitable[list[Page[R]]]],
    ) -> Loader[K, LoadedPage[K, R]]:
        """The loader of one kind of page; `variant` holds all that `find` depends on."""
        return self._loader(variant, partial(self._fetch, order, counts, find))

    async def _fetch(
        self,
        order: str,
        counts: Callable[[], Loader[K, int]],
        find: Callable[[list[K]], Awaitable[list[Page[R]]]],
        keys: list[K],
    ) -> list[LoadedPage[K, R]]:
        pages = await find(keys)
        if len(pages) != len(keys):
            refuse(self.name, keys, pages)
        return list(map(LoadedPage, pages, repeat(order), repeat(counts), keys))

    def counts(self, variant: Hashable, count: Callable[[list[K]], Awaitable[list[int]]]) -> Loader[K, int]:
        """The loader of how many rows the lists hold altogether."""
        return self._loader(("count", variant), count)
