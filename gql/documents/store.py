"""Documents by their text: bounded, and hard to flood.

What is asked for once is on probation; what is asked for again is kept apart, and only others that were asked for
again push it out (a segmented LRU: Karedla, Love and Wherry, "Caching strategies to improve disk system performance",
1994). So a million different documents pass through the probation without touching those that clients really use. Only
valid ones come in at all.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from gql.documents.document import Document

MOST_DOCUMENTS = 2_000
MOST_BYTES = 16_000_000
PROBATION = 0.2


@dataclass(slots=True)
class _Segment:
    most: int
    most_bytes: int
    documents: OrderedDict[str, Document] = field(default_factory=OrderedDict)
    size: int = 0

    def add(self, key: str, document: Document) -> list[tuple[str, Document]]:
        """Put one in front; answers those that had to go."""
        self.documents[key] = document
        self.size += document.size
        gone = []
        while len(self.documents) > self.most or self.size > self.most_bytes:
            oldest, dropped = self.documents.popitem(last=False)
            self.size -= dropped.size
            gone.append((oldest, dropped))
        return gone

    def take(self, key: str) -> Document | None:
        document = self.documents.pop(key, None)
        if document is not None:
            self.size -= document.size
        return document


class DocumentStore:
    """Valid documents by text, or by the hash that they are asked for by; counts how often one was there."""

    def __init__(self, most: int = MOST_DOCUMENTS, most_bytes: int = MOST_BYTES) -> None:
        few, few_bytes = max(1, int(most * PROBATION)), max(1, int(most_bytes * PROBATION))
        self._probation = _Segment(few, few_bytes)
        self._kept = _Segment(max(1, most - few), max(1, most_bytes - few_bytes))
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._probation.documents) + len(self._kept.documents)

    def get(self, key: str) -> Document | None:
        """The document of a key, if it is there."""
        document = self._kept.documents.get(key)
        if document is not None:
            self._kept.documents.move_to_end(key)
            self.hits += 1
            return document
        document = self._probation.take(key)
        if document is None:
            self.misses += 1
            return None
        self.hits += 1
        # What the kept ones push out gets another chance on probation.
        for gone, dropped in self._kept.add(key, document):
            self._probation.add(gone, dropped)
        return document

    def put(self, key: str, document: Document) -> None:
        """Remember a valid document."""
        if key not in self._kept.documents and key not in self._probation.documents:
            self._probation.add(key, document)
