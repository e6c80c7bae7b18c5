"""Fields that are pages of posts: of all, of an author's, of a tag's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import strawberry

from db.models.post import STATUSES
from db.reads import post_filter, post_pages
from gql.directives import PAGE_SIZE
from gql.fields import Loads, paged
from gql.given import ABSENT, given
from gql.posts.inputs import PostFilter, PostOrder, filter_of, order_of
from gql.relay.connection import CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from loaders.posts import PostPages
from loaders.registry import Loaders


@dataclass(frozen=True, slots=True)
class PostsAsked:
    """Which list of posts, and which page of it."""

    paging: Paging
    order: post_pages.PostOrder
    where: post_filter.PostFilter

    def of_any_status(self) -> "PostsAsked":
        """The same, of all statuses where none are asked for."""
        if self.where.statuses is not None:
            return self
        return replace(self, where=replace(self.where, statuses=frozenset(STATUSES)))

    def loader(self, pages: PostPages, selection: Selection) -> Loads:
        """The loader of what was selected of the page."""
        args = self.paging.args(self.order.field, selection)
        if not wants_rows(selection):
            return CountOnly(self.order.field, pages.count(self.where))
        return pages.page(self.order, self.where, args, row_columns(selection))


def posts_asked(
    first: First = ABSENT,
    after: After = ABSENT,
    last: Last = ABSENT,
    before: Before = ABSENT,
    order_by: Annotated[
        PostOrder | None, strawberry.argument(description="The order; the newest first when absent.")
    ] = ABSENT,
    where: Annotated[
        PostFilter | None, strawberry.argument(description="Conditions; only published posts when absent.")
    ] = ABSENT,
) -> PostsAsked:
    """The arguments of every list of posts."""
    return PostsAsked(Paging(first, after, last, before), order_of(given(order_by)), filter_of(given(where)))


def written_by_viewer_page(description: str) -> Any:
    """A field that is a page of what the row's user wrote or co-wrote, whatever its status unless that is asked for."""

    def loader(loaders: Loaders, asked: PostsAsked, selection: Selection) -> Loads:
        return asked.of_any_status().loader(loaders.posts.by_author, selection)

    return paged(loader, "id", posts_asked, description, directives=[PAGE_SIZE])


def posts_page(family: Callable[[Loaders], PostPages], key: str | None, description: str) -> Any:
    """A field that is a page of the posts that a family of loaders has for a key of the row."""

    def loader(loaders: Loaders, asked: PostsAsked, selection: Selection) -> Loads:
        return asked.loader(family(loaders), selection)

    return paged(loader, key, posts_asked, description, directives=[PAGE_SIZE])
