"""Under which keys a response may be kept, and who may have it."""

from typing import NamedTuple

from server.responses.entry import Entry


class Keys(NamedTuple):
    """Of one request: for whoever asks, and for everybody. For somebody who is not signed in both are the same."""

    own: str
    public: str

    @property
    def all(self) -> tuple[str, ...]:
        """In the order in which they are looked under."""
        return (self.own,) if self.own == self.public else (self.own, self.public)

    def open(self, key: str, entry: Entry) -> bool:
        """Whether what stands under a key may be served here.

        Under the public key there is also what only those may have who are not signed in: what they may not see.
        """
        return key == self.own or (key == self.public and entry.shared)
