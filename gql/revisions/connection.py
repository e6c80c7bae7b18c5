"""The field that is a page of a post's earlier texts."""

from collections.abc import Callable
from typing import Any

from gql.directives import PAGE_SIZE
from gql.fields import From, paged
from gql.given import ABSENT
from gql.relay.connection import CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from loaders.registry import Loaders
from loaders.revisions import RevisionPages

ORDER = "VERSION"


def revisions_asked(
    first: First = ABSENT, after: After = ABSENT, last: Last = ABSENT, before: Before = ABSENT
) -> Paging:
    """The arguments of a post's revisions."""
    return Paging(first, after, last, before)


def revisions_page(family: Callable[[Loaders], RevisionPages], description: str) -> Any:
    """A field that is a page of the texts that a family of loaders has for the id of the row."""

    def loader(asked: Paging, selection: Selection) -> From:
        args = asked.args(ORDER, selection)
        if not wants_rows(selection):
            return lambda loaders: CountOnly(ORDER, family(loaders).count)
        columns = row_columns(selection)
        return lambda loaders: family(loaders).page(args, columns)

    return paged(loader, "id", revisions_asked, description, directives=[PAGE_SIZE])
