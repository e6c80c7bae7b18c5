from collections.abc import Awaitable
from functools import partial

from db.pages import Page, PageArgs
from db.reads import posts, search
from db.reads.keyed import Found
from db.reads.post_filter import PostFilter
from db.reads.post_pages import Parent, PostOrder, count_posts, page_posts
from db.reads.post_rows import PostRow
from db.reads.search import SearchHit
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
        return self.pages((order, where, args, columns), order.field, self.count(where), find)

    def count(self, where: PostFilter) -> Loader[int | None, int]:
        """The loader of how many posts each list holds."""
        return self.counts(where, lambda keys: self._count(keys, where))

    def _count(self, keys: list[int | None], where: PostFilter) -> Awaitable[list[int]]:
        return count_posts(self._scope.session, self._scope.asker, self._parent, keys, where)


class PostSearch(PageByKey[str, SearchHit]):
    """Pages of what a search finds; the key is the text searched for."""

    def page(
        self, where: PostFilter, args: PageArgs, columns: Columns, *, highlighted: bool
    ) -> Loader[str, LoadedPage[str, SearchHit]]:
        """The loader of one page of each search."""
        session, asker = self._scope.session, self._scope.asker

        async def find(keys: list[str]) -> list[Page[SearchHit]]:
            return [
                await search.search_posts(session, asker, key, where, args, columns, highlighted=highlighted)
                for key in keys
            ]

        return self.pages((where, args, columns, highlighted), "SCORE", self.count(where), find)

    def count(self, where: PostFilter) -> Loader[str, int]:
        """The loader of how many posts each search finds."""
        session, asker = self._scope.session, self._scope.asker

        async def count(keys: list[str]) -> list[int]:
            return [await search.count_found(session, asker, key, where) for key in keys]

        return self.counts(where, count)


class PostLoaders:
    """All ways to posts."""

    def __init__(self, scope: Scope) -> None:
        session, asker = scope.session, scope.asker
        self.by_id: ByKey[int, PostRow] = ByKey("posts.by_id", scope, partial(posts.by_id, session, asker))
        self.by_slug: ByKey[str, PostRow] = ByKey("posts.by_slug", scope, partial(posts.by_slug, session, asker))
        self.previous: ByKey[int, PostRow] = ByKey(
            "posts.previous", scope, partial(posts.neighbours, session, asker, "previous")
        )
        self.next: ByKey[int, PostRow] = ByKey("posts.next", scope, partial(posts.neighbours, session, asker, "next"))
        self.all = PostPages("posts.all", scope, None)
        self.by_author = PostPages("posts.by_author", scope, "author")
        self.by_tag = PostPages("posts.by_tag", scope, "tag")
        self.updatable: Loader[int, bool] = Loader(
            "posts.updatable", partial(posts.updatable, session, asker), scope.scheduler
        )
        self.search = PostSearch("posts.search", scope)
        self._scope = scope
        self._related: dict[int, ManyByKey[int, PostRow]] = {}

    def related(self, first: int) -> ManyByKey[int, PostRow]:
        """The `first` posts with most tags in common with each."""
        family = self._related.get(first)
        if family is None:
            family = self._related[first] = ManyByKey("posts.related", self._scope, partial(self._find_related, first))
        return family

    async def _find_related(self, first: int, keys: list[int], columns: Columns) -> Found[PostRow]:
        return await posts.related(self._scope.session, self._scope.asker, first, keys, columns)
