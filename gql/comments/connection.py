"""Fields that are pages of comments: on a post, or of replies to a comment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry

from gql.comments.inputs import CommentOrder
from gql.directives import PAGE_SIZE
from gql.fields import From, paged
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

    def loader(self, family: Callable[[Loaders], CommentPages], selection: Selection) -> From:
        """What takes the loader of what was selected of the page."""
        args, descending = self.paging.args(ORDER, selection), self.descending
        if not wants_rows(selection):
            return lambda loaders: CountOnly(ORDER, family(loaders).count)
        columns = row_columns(selection)
        return lambda loaders: family(loaders).page(args, columns, descending=descending)


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

    def loader(asked: CommentsAsked, selection: Selection) -> From:
        return asked.loader(family, selection)

    return paged(loader, "id", arguments, description, directives=[PAGE_SIZE])
