from enum import Enum

import strawberry

from gql.given import ABSENT
from gql.mutations.inputs import CLIENT_MUTATION_ID
from gql.scalars import Markdown

BODY = "The text: 1 to 10,000 characters."


@strawberry.input(description="A comment to be made.")
class AddCommentInput:
    """A comment to be made."""

    post: strawberry.ID = strawberry.field(description="The post that it is on.")
    parent: strawberry.ID | None = strawberry.field(default=ABSENT, description="The comment that it replies to.")
    body: Markdown = strawberry.field(description=BODY)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="A comment's new text.")
class UpdateCommentInput:
    """A comment's new text."""

    id: strawberry.ID = strawberry.field(description="Which comment.")
    body: Markdown = strawberry.field(description=BODY)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.enum(description="What is to become of comments.")
class ModerationAction(Enum):
    """What is to become of comments."""

    HIDE = strawberry.enum_value("HIDE", description="Their texts are shown only to those who moderate.")
    SHOW = strawberry.enum_value("SHOW", description="Everybody sees them again.")
    DELETE = strawberry.enum_value("DELETE", description="As if their authors had deleted them; for good.")


@strawberry.input(description="Comments, and what is to become of them.")
class ModerateCommentsInput:
    """Comments, and what is to become of them."""

    ids: list[strawberry.ID] = strawberry.field(description="Which comments, at most 100.")
    action: ModerationAction = strawberry.field(description="What is to become of them.")
    client_mutation_id: str | None = CLIENT_MUTATION_ID
