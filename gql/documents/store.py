"""Documents by their text; only valid ones come in at all."""

from core.segmented import Segmented
from gql.documents.document import Document

MOST_DOCUMENTS = 2_000
MOST_BYTES = 16_000_000


class DocumentStore(Segmented[str, Document]):
    """Valid documents by text, or by the hash that they are asked for by; counts how often one was there."""

    def __init__(self, most: int = MOST_DOCUMENTS, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(most, most_bytes)
        self.hits = 0
        self.misses = 0

    def get(self, key: str) -> Document | None:
        """The document of a key, if it is there."""
        document = super().get(key)
        if document is None:
            self.misses += 1
        else:
            self.hits += 1
        return document
