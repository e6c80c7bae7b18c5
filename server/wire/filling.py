"""Answers on their way, and into the place where they are kept."""

from dataclasses import dataclass

from gql.context import Context
from gql.operations import Answer
from server.responses.store import Flight, Responses
from server.wire.answer import Headers
from server.wire.kept import BYPASS, MISS, NO_STORE, STORED, entry_headers


@dataclass(slots=True)
class Served:
    """An answer as bytes, what goes with it, and whether anything was executed for it and came out whole."""

    text: bytes
    headers: Headers
    good: bool = True
    unchanged: bool = False
    """The client has it already."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A place for an answer among those that are kept."""

    responses: Responses
    key: str
    flight: Flight

    def fill(self, served: Served, answer: Answer, context: Context, *, reads: bool) -> Headers:
        """Keep an answer that may be kept; the headers that say so."""
        session = context.session
        if not (reads and session.keepable and session.tags):
            self.responses.pass_by(self.key)
            return [BYPASS, NO_STORE]
        if not served.good or "errors" in answer.body:
            return [MISS, NO_STORE]
        entry = self.responses.land(self.key, self.flight, served.text, session.tags)
        return [MISS, NO_STORE] if entry is None else entry_headers(entry, self.key, STORED)
