"""Expected failures as data: what stands in `userErrors`."""

from enum import Enum
from typing import Any

import strawberry

from core.refusals import AccessRefusal, InputRefusal, Refusal, TakenRefusal, VersionRefusal
from gql.fields import column, computed, relation
from gql.references import PostType
from gql.users.types import Role


@strawberry.enum(description="What kind of failure it is; write programs against this, and not against the message.")
class UserErrorCode(Enum):
    """Mirrors `core.refusals.RefusalCode`, whose members a test compares."""

    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule.")
    REQUIRED = strawberry.enum_value("REQUIRED", description="The value is empty or null, and must not be.")
    TOO_LONG = strawberry.enum_value("TOO_LONG", description="The value has more than `limit` characters or items.")
    TOO_SHORT = strawberry.enum_value("TOO_SHORT", description="The value has fewer than `limit` characters.")
    TAKEN = strawberry.enum_value("TAKEN", description="The value must be unique, and another has it.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is none that the viewer may see.")
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="The viewer may see it, and may not do this.")
    INVALID_CREDENTIALS = strawberry.enum_value(
        "INVALID_CREDENTIALS", description="The login, the password or the token is wrong."
    )
    INVALID_STATE = strawberry.enum_value("INVALID_STATE", description="It cannot be done to it as it is now.")
    VERSION_CONFLICT = strawberry.enum_value(
        "VERSION_CONFLICT", description="Another wrote to it since `expectedVersion`."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The idempotency key was used before, for something else."
    )
    LIMIT_EXCEEDED = strawberry.enum_value(
        "LIMIT_EXCEEDED", description="Too many at once, or too often; the message says what to do."
    )
    TOKEN_EXPIRED = strawberry.enum_value("TOKEN_EXPIRED", description="The refresh token is too old: sign in again.")
    TOKEN_REUSED = strawberry.enum_value(
        "TOKEN_REUSED", description="The refresh token was used before: its session is ended."
    )


def _field(refusal: Refusal) -> list[str] | None:
    return ["input", *(_camel(str(part)) for part in refusal.path)] if refusal.path else None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


MESSAGE = "What is wrong, for a human."
FIELD = 'Path into the arguments, such as ["input", "posts", "3", "slug"]; null when it is not about one.'
CODE = "What kind of failure it is."


@strawberry.interface(description="An expected failure of a mutation, which wrote nothing.")
class UserError:
    """Stands for a Refusal."""

    message: str = column(MESSAGE)
    field: list[str] | None = computed(_field, FIELD, needs=())
    code: UserErrorCode = computed(lambda refusal: UserErrorCode(refusal.code.value), CODE, needs=())


@strawberry.type(description="An input that breaks a rule.")
class InputError(UserError):
    """Stands for an InputRefusal."""

    limit: int | None = column("The bound that was broken.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a refusal is of this kind."""
        return isinstance(value, InputRefusal)


@strawberry.type(description="A value that must be unique, and is not.")
class TakenError(UserError):
    """Stands for a TakenRefusal."""

    suggestion: str | None = column("A free value close to the one asked for.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a refusal is of this kind."""
        return isinstance(value, TakenRefusal)


@strawberry.type(description="The post was written to since the caller read it.")
class VersionConflictError(UserError):
    """Stands for a VersionRefusal."""

    expected_version: int = column("The version that the caller expected.")
    current_version: int = column("The version that the post had.")
    current: PostType | None = relation(lambda loaders: loaders.posts.by_id, "post_id", "The post as it is now.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a refusal is of this kind."""
        return isinstance(value, VersionRefusal)


@strawberry.type(description="The viewer may not do this.")
class AccessError(UserError):
    """Stands for an AccessRefusal."""

    required_role: Role | None = computed(
        lambda refusal: None if refusal.required_role is None else Role(refusal.required_role),
        "The least role that may.",
        needs=(),
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a refusal is of this kind."""
        return isinstance(value, AccessRefusal)


ERRORS: tuple[type[Any], ...] = (InputError, TakenError, VersionConflictError, AccessError)
"""What may stand behind the interface."""
