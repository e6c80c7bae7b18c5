from datetime import datetime

import strawberry

from db.reads.revisions import RevisionRow
from gql.fields import column, global_id, relation
from gql.references import UserType
from gql.relay.node import Node
from gql.scalars import Markdown


@strawberry.type(description="The text of a post as it was at one version.")
class Revision(Node):
    """Stands for a RevisionRow."""

    id: strawberry.ID = global_id("Revision", "the revision")
    version: int = column("The version of the post that had this text.")
    created_at: datetime = column("When it was written.")
    editor: UserType | None = relation(lambda loaders: loaders.users.by_id, "editor_id", "Who wrote it.")
    title: str = column("The title at that version.")
    summary: str = column("The summary at that version.")
    body: Markdown = column("The text at that version.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a revision."""
        return isinstance(value, RevisionRow)
