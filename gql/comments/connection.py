"""Fields that are pages of comments: on a post, or of replies to a comment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from gql.comments.inputs import CommentOrder
from gql.directives import PAGE_SIZE
from gql.fields import Loads, paged
from gql.given import ABSENT, given
from gql.posts.inputs import OrderDirection
from gql.relay.connection import CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from loaders.comments import CommentPages
from loaders.registry import Loaders

ORDER = "COMMENTED_AT"


@dataclass(frozen=True, slots=True)
class CommentsAsked:
    """Which page of comments, and from which end."""

    paging: Paging
    descending: bool

    def loader(self, pages: CommentPages, selection: Selection) -> Loads:
        """The loader of what was selected of the page."""
        args = self.paging.args(ORDER, selection)
        if not wants_rows(selection):
            return CountOnly(ORDER, pages.count)
        return pages.page(args, row_columns(selection), descending=self.descending)


def comments_asked(
    first: First = ABSENT,
    after: After = ABSENT,
    last: Last = ABSENT,
    before: Before = ABSENT,
    order_by: Annotated[
        CommentOrder | None, strawberry.argument(description="The order; the oldest first when absent.")
    ] = ABSENT,
) -> CommentsAsked:
    """The arguments of a post's comments."""
    order = given(order_by)
    descending = order is not None and order.direction is OrderDirection.DESC
    return CommentsAsked(Paging(first, after, last, before), descending)


def replies_asked(
    first: First = ABSENT, after: After = ABSENT, last: Last = ABSENT, before: Before = ABSENT
) -> CommentsAsked:
    """The arguments of a comment's replies."""
    return CommentsAsked(Paging(first, after, last, before), descending=False)


def comments_page(
    family: Callable[[Loaders], CommentPages],
    description: str,
    arguments: Callable[..., CommentsAsked] = comments_asked,
) -> Any:
    """A field that is a page of the comments that a family of loaders has for the id of the row."""

    def loader(loaders: Loaders, asked: CommentsAsked, selection: Selection) -> Loads:
        return asked.loader(family(loaders), selection)

    return paged(loader, "id", arguments, description, directives=[PAGE_SIZE])
