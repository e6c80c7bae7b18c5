from collections.abc import Awaitable
from functools import partial

from core.once import once
from db.pages import Page, PageArgs
from db.reads import revisions
from db.reads.revisions import RevisionRow
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, PageByKey, Scope
from loaders.dispatch import Loader


class RevisionPages(PageByKey[int, RevisionRow]):
    """Pages of the texts of each post."""

    def page(self, args: PageArgs, columns: Columns) -> Loader[int, LoadedPage[int, RevisionRow]]:
        """The loader of one page of each list."""

        def find(keys: list[int]) -> Awaitable[list[Page[RevisionRow]]]:
            return revisions.page_revisions(self._scope.session, self._scope.asker, keys, args, columns)

        return self.pages((args, columns), "VERSION", self.count, find)

    def count(self) -> Loader[int, int]:
        """The loader of how many texts each list holds."""
        return self.counts((), self._count)

    def _count(self, keys: list[int]) -> Awaitable[list[int]]:
        return revisions.count_revisions(self._scope.session, self._scope.asker, keys)


class RevisionLoaders:
    """All ways to revisions."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @once
    def by_id(self) -> ByKey[int, RevisionRow]:
        """Revisions by their ids."""
        find = partial(revisions.by_id, self._scope.session, self._scope.asker)
        return ByKey("revisions.by_id", self._scope, find)

    @once
    def of_post(self) -> RevisionPages:
        """The texts of each post."""
        return RevisionPages("revisions.of_post", self._scope)
