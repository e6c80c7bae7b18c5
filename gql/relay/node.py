import strawberry


@strawberry.interface(description="Whatever has an id by which `node` finds it again.")
class Node:
    """Relay's Node interface."""

    id: strawberry.ID = strawberry.field(description="The opaque id.")
