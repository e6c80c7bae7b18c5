from collections.abc import Awaitable
from functools import partial

from core.once import once
from db.pages import PageArgs
from db.reads import comments
from db.reads.comments import CommentParent, CommentRow
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, PageByKey, Scope
from loaders.dispatch import Loader


class CommentPages(PageByKey[int, CommentRow]):
    """Pages of the comments on each post, or of the replies to each comment."""

    def __init__(self, name: str, scope: Scope, parent: CommentParent) -> None:
        super().__init__(name, scope)
        self._parent = parent

    def page(
        self, args: PageArgs, columns: Columns, *, descending: bool = False
    ) -> Loader[int, LoadedPage[int, CommentRow]]:
        """The loader of one page of each list."""
        session, asker = self._scope.session, self._scope.asker
        find = partial(
            comments.page_comments, session, asker, self._parent, descending=descending, args=args, columns=columns
        )
        return self.pages((args, columns, descending), "COMMENTED_AT", self.count, find)

    def count(self) -> Loader[int, int]:
        """The loader of how many comments each list holds."""
        return self.counts((), self._count)

    def _count(self, keys: list[int]) -> Awaitable[list[int]]:
        return comments.count_comments(self._scope.session, self._scope.asker, self._parent, keys)


class CommentLoaders:
    """All ways to comments."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @once
    def by_id(self) -> ByKey[int, CommentRow]:
        """Comments by their ids."""
        find = partial(comments.by_id, self._scope.session, self._scope.asker)
        return ByKey("comments.by_id", self._scope, find)

    @once
    def on_post(self) -> CommentPages:
        """The comments on each post."""
        return CommentPages("comments.on_post", self._scope, "post")

    @once
    def replies(self) -> CommentPages:
        """The replies to each comment."""
        return CommentPages("comments.replies", self._scope, "comment")
