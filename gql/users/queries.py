from dataclasses import dataclass
from typing import Annotated

import strawberry

from gql.context import Info
from gql.directives import PAGE_SIZE
from gql.fields import Loads, paged
from gql.given import ABSENT, given
from gql.references import UserType
from gql.relay.connection import Connection, CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from gql.text import stored_text
from gql.users.types import Role
from loaders.registry import Loaders
from loaders.users import Roles

ORDER = "USERNAME"


@dataclass(frozen=True, slots=True)
class UsersAsked:
    """Which users, and which page of them."""

    paging: Paging
    roles: Roles


def users_asked(
    first: First = ABSENT,
    after: After = ABSENT,
    last: Last = ABSENT,
    before: Before = ABSENT,
    role: Annotated[list[Role] | None, strawberry.argument(description="Only users of these roles.")] = ABSENT,
) -> UsersAsked:
    """The arguments of the list of users."""
    asked = given(role)
    roles = None if asked is None else tuple(sorted({one.name for one in asked}))
    return UsersAsked(Paging(first, after, last, before), roles)


def _users(loaders: Loaders, asked: UsersAsked, selection: Selection) -> Loads:
    args, pages = asked.paging.args(ORDER, selection), loaders.users.all
    if not wants_rows(selection):
        return CountOnly(ORDER, pages.count(asked.roles))
    return pages.page(asked.roles, args, row_columns(selection))


async def _user(
    info: Info, username: Annotated[str, strawberry.argument(description="The username, whatever its case.")]
) -> UserType | None:
    columns = Selection.of(info._raw_info).columns  # noqa: SLF001
    key = stored_text(username, "username").lower()
    loader = info.context.loaders.users.by_username.reading(columns)
    return await loader.load(key)  # type: ignore[return-value] # stands for it


@strawberry.type
class UserQueries:
    """Root fields."""

    user: UserType | None = strawberry.field(resolver=_user, description="The user of this username.")
    users: Connection[UserType] = paged(_users, None, users_asked, "All users, by username.", directives=[PAGE_SIZE])
