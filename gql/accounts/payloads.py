from datetime import datetime

import strawberry

from gql.fields import column, relation
from gql.mutations.payload import MutationPayload
from gql.references import UserType, ViewerType


@strawberry.type(description="The tokens of a session; both are secrets.")
class AuthPayload(MutationPayload):
    """Stands for a Result with the tokens and `viewer_id`."""

    access_token: str | None = column("Sent with each request as `Authorization: Bearer …`.")
    access_token_expires_at: datetime | None = column("When it holds no longer.")
    refresh_token: str | None = column("Exchanged for new tokens, once, by `refreshSession`.")
    refresh_token_expires_at: datetime | None = column("When the session ends, unless it is carried on before.")
    viewer: ViewerType | None = relation(
        lambda loaders: loaders.accounts.viewer_by_id, "viewer_id", "Whoever is signed in now."
    )


@strawberry.type(description="The user that was written.")
class UserPayload(MutationPayload):
    """Stands for a Result with `user_id`."""

    user: UserType | None = relation(lambda loaders: loaders.users.by_id, "user_id", "The user as he is now.")
