"""What inputs of mutations have in common."""

from typing import Any

import strawberry

from gql.given import ABSENT

CLIENT_MUTATION_ID: Any = strawberry.field(
    default=ABSENT, description="Comes back in the payload, unchanged, so that a client knows its answer again."
)


@strawberry.input(description="One row.")
class NodeInput:
    """One row."""

    id: strawberry.ID = strawberry.field(description="Which.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID
