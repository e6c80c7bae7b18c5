from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from gql.context import Context
from gql.directives import PAGE_SIZE
from gql.fields import From, Selected, paged
from gql.given import ABSENT, given
from gql.lookups import Found, looked_up
from gql.references import UserType
from gql.relay.connection import Connection, CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from gql.text import stored_text
from gql.users.types import Role
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


def _users(asked: UsersAsked, selection: Selection) -> From:
    args, roles = asked.paging.args(ORDER, selection), asked.roles
    if not wants_rows(selection):
        return lambda loaders: CountOnly(ORDER, partial(loaders.users.all.count, roles))
    columns = row_columns(selection)
    return lambda loaders: loaders.users.all.page(roles, args, columns)


def _username(username: Annotated[str, strawberry.argument(description="The username, whatever its case.")]) -> str:
    return stored_text(username, "username").lower()


def _user(context: Context, username: str, selected: Selected) -> Found:
    return context.loaders.users.by_username.reading(selected().columns), username


@strawberry.type
class UserQueries:
    """Root fields."""

    user: UserType | None = looked_up(_user, _username, "The user of this username.")
    users: Connection[UserType] = paged(_users, None, users_asked, "All users, by username.", directives=[PAGE_SIZE])
