from functools import partial

from core.once import once
from db.pages import Page, PageArgs
from db.reads import tags
from db.reads.tags import TagRow
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, ManyByKey, PageByKey, Scope
from loaders.dispatch import Loader


class TagPages(PageByKey[None, TagRow]):
    """Pages of the tags whose names begin with a prefix, or of all tags."""

    def page(self, prefix: str | None, args: PageArgs, columns: Columns) -> Loader[None, LoadedPage[None, TagRow]]:
        """The loader of one page."""

        async def find(keys: list[None]) -> list[Page[TagRow]]:
            return [await tags.page_tags(self._scope.session, prefix, args, columns) for _ in keys]

        return self.pages((prefix, args, columns), "TAG_NAME", partial(self.count, prefix), find)

    def count(self, prefix: str | None) -> Loader[None, int]:
        """The loader of how many there are."""

        async def count(keys: list[None]) -> list[int]:
            return [await tags.count_tags(self._scope.session, prefix) for _ in keys]

        return self.counts(prefix, count)


class TagLoaders:
    """All ways to tags."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @once
    def by_id(self) -> ByKey[int, TagRow]:
        """Tags by their ids."""
        return ByKey("tags.by_id", self._scope, partial(tags.by_id, self._scope.session))

    @once
    def by_slug(self) -> ByKey[str, TagRow]:
        """Tags by their slugs."""
        return ByKey("tags.by_slug", self._scope, partial(tags.by_slug, self._scope.session))

    @once
    def of_post(self) -> ManyByKey[int, TagRow]:
        """The tags of each post."""
        return ManyByKey("tags.of_post", self._scope, partial(tags.of_posts, self._scope.session))

    @once
    def all(self) -> TagPages:
        """All tags."""
        return TagPages("tags.all", self._scope)
