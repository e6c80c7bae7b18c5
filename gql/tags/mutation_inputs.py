import strawberry

from gql.given import ABSENT
from gql.mutations.inputs import CLIENT_MUTATION_ID

NAME = "Its name: 1 to 100 characters, unlike any other tag's whatever the case."
DESCRIPTION = "What it stands for, as plain text of at most 2,000 characters."


@strawberry.input(description="A tag to be made.")
class CreateTagInput:
    """A tag to be made."""

    name: str = strawberry.field(description=NAME)
    slug: str | None = strawberry.field(default=ABSENT, description="Made from the name when absent.")
    description: str | None = strawberry.field(default=ABSENT, description=DESCRIPTION)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Changes of a tag. An absent field stays as it is; null clears it.")
class UpdateTagInput:
    """Changes of a tag."""

    id: strawberry.ID = strawberry.field(description="Which tag.")
    name: str | None = strawberry.field(default=ABSENT, description=NAME)
    slug: str | None = strawberry.field(default=ABSENT, description="The last part of its address.")
    description: str | None = strawberry.field(default=ABSENT, description=DESCRIPTION)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Tags to be made one.")
class MergeTagsInput:
    """Tags to be made one."""

    from_: list[strawberry.ID] = strawberry.field(
        name="from", description="The tags that are no more afterwards, at most 100."
    )
    into: strawberry.ID = strawberry.field(description="The tag that takes their posts.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID
