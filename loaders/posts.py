from collections.abc import Awaitable, Callable
from functools import partial

from core.once import once
from db.pages import Page, PageArgs
from db.reads import posts, search
from db.reads.keyed import Found
from db.reads.post_filter import PostFilter
from db.reads.post_pages import Parent, PostOrder, count_posts, page_posts
from db.reads.post_rows import PostRow
from db.reads.posts import Side
from db.reads.search import FoundRow
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, ManyByKey, PageByKey, Scope
from loaders.dispatch import Loader


class PostPages(PageByKey[int | None, PostRow]):
    """Pages of the posts of each author or tag, or (`parent` None, key None) of all posts."""

    def __init__(self, name: str, scope: Scope, parent: Parent | None) -> None:
        super().__init__(name, scope)
        self._parent = parent

    def page(
        self, order: PostOrder, where: PostFilter, args: PageArgs, columns: Columns
    ) -> Loader[int | None, LoadedPage[int | None, PostRow]]:
        """The loader of one page of each list."""
        session, asker = self._scope.session, self._scope.asker
        find = partial(page_posts, session, asker, self._parent, order=order, where=where, args=args, columns=columns)
        return self.pages((order, where, args, columns), order.field, partial(self.count, where), find)

    def count(self, where: PostFilter) -> Loader[int | None, int]:
        """The loader of how many posts each list holds."""
        return self.counts(where, lambda keys: self._count(keys, where))

    def _count(self, keys: list[int | None], where: PostFilter) -> Awaitable[list[int]]:
        return count_posts(self._scope.session, self._scope.asker, self._parent, keys, where)


class PostSearch(PageByKey[str, FoundRow]):
    """Pages of what a search finds; the key is the text searched for."""

    def page(
        self, where: PostFilter, args: PageArgs, columns: Columns, *, highlighted: bool
    ) -> Loader[str, LoadedPage[str, FoundRow]]:
        """The loader of one page of each search."""
        session, asker = self._scope.session, self._scope.asker

        async def find(keys: list[str]) -> list[Page[FoundRow]]:
            return [
                await search.search_posts(session, asker, key, where, args, columns, highlighted=highlighted)
                for key in keys
            ]

        return self.pages((where, args, columns, highlighted), "SCORE", partial(self.count, where), find)

    def count(self, where: PostFilter) -> Loader[str, int]:
        """The loader of how many posts each search finds."""
        session, asker = self._scope.session, self._scope.asker

        async def count(keys: list[str]) -> list[int]:
            return [await search.count_found(session, asker, key, where) for key in keys]

        return self.counts(where, count)


class PostLoaders:
    """All ways to posts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._related: dict[int, ManyByKey[int, PostRow]] = {}

    @once
    def by_id(self) -> ByKey[int, PostRow]:
        """Posts by their ids."""
        return ByKey("posts.by_id", self._scope, partial(posts.by_id, self._scope.session, self._scope.asker))

    @once
    def by_slug(self) -> ByKey[str, PostRow]:
        """Posts by their slugs."""
        return ByKey("posts.by_slug", self._scope, partial(posts.by_slug, self._scope.session, self._scope.asker))

    @once
    def previous(self) -> ByKey[int, PostRow]:
        """For each post the one published just before it."""
        return ByKey("posts.previous", self._scope, self._neighbours("previous"))

    @once
    def next(self) -> ByKey[int, PostRow]:
        """For each post the one published just after it."""
        return ByKey("posts.next", self._scope, self._neighbours("next"))

    @once
    def all(self) -> PostPages:
        """All posts."""
        return PostPages("posts.all", self._scope, None)

    @once
    def by_author(self) -> PostPages:
        """The posts of each author."""
        return PostPages("posts.by_author", self._scope, "author")

    @once
    def by_tag(self) -> PostPages:
        """The posts that carry each tag."""
        return PostPages("posts.by_tag", self._scope, "tag")

    @once
    def updatable(self) -> Loader[int, bool]:
        """Whether the viewer may update each post."""
        find = partial(posts.updatable, self._scope.session, self._scope.asker)
        return Loader("posts.updatable", find, self._scope.scheduler)

    @once
    def search(self) -> PostSearch:
        """What each search finds."""
        return PostSearch("posts.search", self._scope)

    def _neighbours(self, side: Side) -> Callable[[list[int], Columns], Awaitable[Found[PostRow]]]:
        return partial(posts.neighbours, self._scope.session, self._scope.asker, side)

    def related(self, first: int) -> ManyByKey[int, PostRow]:
        """The `first` posts with most tags in common with each."""
        family = self._related.get(first)
        if family is None:
            family = self._related[first] = ManyByKey("posts.related", self._scope, partial(self._find_related, first))
        return family

    async def _find_related(self, first: int, keys: list[int], columns: Columns) -> Found[PostRow]:
        return await posts.related(self._scope.session, self._scope.asker, first, keys, columns)
