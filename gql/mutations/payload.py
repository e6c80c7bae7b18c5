"""What every mutation answers, and the payloads that belong to no entity. A payload stands for a Result."""

import strawberry

from gql.fields import column, computed
from gql.mutations.errors import UserError
from gql.mutations.result import Result
from gql.relay.ids import encode_id


@strawberry.interface(description="What every mutation answers.")
class MutationPayload:
    """Stands for a Result."""

    client_mutation_id: str | None = column("What the input said, unchanged.")
    user_errors: list[UserError] = computed(
        lambda result: result.refusals, "Why nothing was written; empty when it was.", needs=()
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Every payload stands for the same."""
        return isinstance(value, Result)


@strawberry.type(description="Whether it was done.")
class SimplePayload(MutationPayload):
    """Stands for a Result."""

    success: bool = computed(lambda result: not result.refusals, "True when there are no userErrors.", needs=())


@strawberry.type(description="How many there were.")
class CountPayload(MutationPayload):
    """Stands for a Result with `count`."""

    count: int = computed(lambda result: result.count or 0, "How many there were.", needs=())


@strawberry.type(description="What is no more.")
class DeletePayload(MutationPayload):
    """Stands for a Result with `deleted`: the type's name and the row's id."""

    deleted_id: strawberry.ID | None = computed(
        lambda result: None if result.deleted is None else encode_id(*result.deleted),
        "The id that nothing has any more.",
        needs=(),
    )
