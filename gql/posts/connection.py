"""Fields that are pages of posts: of all, of an author's, of a tag's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

import strawberry

from db.models.post import STATUSES
from db.reads import post_filter, post_pages
from gql.directives import PAGE_SIZE
from gql.fields import From, paged
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
        return replace(self, where=self.where._replace(statuses=frozenset(STATUSES)))

    def loader(self, family: Callable[[Loaders], PostPages], selection: Selection) -> From:
        """What takes the loader of what was selected of the page."""
        order, where, args = self.order, self.where, self.paging.args(self.order.field, selection)
        if not wants_rows(selection):
            return lambda loaders: CountOnly(order.field, partial(family(loaders).count, where))
        columns = row_columns(selection)
        return lambda loaders: family(loaders).page(order, where, args, columns)


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

    def loader(asked: PostsAsked, selection: Selection) -> From:
        return asked.of_any_status().loader(lambda loaders: loaders.posts.by_author, selection)

    return paged(loader, "id", posts_asked, description, directives=[PAGE_SIZE])


def posts_page(family: Callable[[Loaders], PostPages], key: str | None, description: str) -> Any:
    """A field that is a page of the posts that a family of loaders has for a key of the row."""

    def loader(asked: PostsAsked, selection: Selection) -> From:
        return asked.loader(family, selection)

    return paged(loader, key, posts_asked, description, directives=[PAGE_SIZE])
