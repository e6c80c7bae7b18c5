import strawberry

from gql.given import ABSENT
from gql.mutations.inputs import CLIENT_MUTATION_ID
from gql.scalars import Markdown
from gql.users.types import Role

PASSWORD = "12 to 128 characters."  # noqa: S105 - words about one
REFRESH_TOKEN = "As the last payload had it."  # noqa: S105 - words about one


@strawberry.input(description="An account to be made.")
class SignUpInput:
    """An account to be made."""

    email: str = strawberry.field(description="An e-mail address, unlike any other account's.")
    username: str = strawberry.field(description="The name in addresses: at most 60 letters, digits, `.`, `-`, `_`.")
    name: str = strawberry.field(description="The name that readers see, at most 200 characters.")
    password: str = strawberry.field(description=PASSWORD)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Who signs in.")
class LogInInput:
    """Who signs in."""

    login: str = strawberry.field(description="Username or e-mail address, whatever the case.")
    password: str = strawberry.field(description="The account's password.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="The session that goes on.")
class RefreshSessionInput:
    """The session that goes on."""

    refresh_token: str = strawberry.field(description=REFRESH_TOKEN)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="The session that ends.")
class LogOutInput:
    """The session that ends."""

    refresh_token: str = strawberry.field(description=REFRESH_TOKEN)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="The sessions that end.")
class RevokeAllSessionsInput:
    """The sessions that end."""

    keep_current: bool = strawberry.field(default=False, description="All but the one that asks.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="A new password.")
class ChangePasswordInput:
    """A new password."""

    current_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description=PASSWORD)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Changes of the viewer's profile. An absent field stays as it is; null clears it.")
class UpdateProfileInput:
    """Changes of the viewer's profile."""

    name: str | None = strawberry.field(default=ABSENT, description="The name that readers see.")
    bio: Markdown | None = strawberry.field(default=ABSENT, description="At most 10,000 characters.")
    url: str | None = strawberry.field(default=ABSENT, description="One's own page elsewhere, http or https.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="What a user may do from now on.")
class SetUserRoleInput:
    """What a user may do from now on."""

    user: strawberry.ID = strawberry.field(description="Which user.")
    role: Role = strawberry.field(description="What he may do.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID
