"""Answers on their way, and into the place where they are kept."""

from dataclasses import dataclass

from gql.caching.terms import Terms
from gql.context import Context
from gql.operations import Answer
from server.responses.entry import Entry
from server.responses.keys import Keys
from server.responses.store import Flight, Responses
from server.wire.answer import Headers


@dataclass(slots=True)
class Served:
    """An answer as bytes, what goes with it, and whether anything was executed for it and came out whole."""

    text: bytes
    headers: Headers
    good: bool = True
    unchanged: bool = False
    """The client has it already."""


@dataclass(slots=True)
class Outcome:
    """What an execution came to, and on which terms it may be kept; none where it never may."""

    served: Served
    answer: Answer
    context: Context
    terms: Terms | None

    @property
    def is_whole(self) -> bool:
        """Whether all of it could be answered."""
        return self.served.good and "errors" not in self.answer.body


@dataclass(frozen=True, slots=True)
class Filling:
    """A place for an answer among those that are kept."""

    responses: Responses
    keys: Keys
    flight: Flight

    def fill(self, outcome: Outcome) -> Entry | None:
        """Keep an answer that may be kept."""
        if outcome.terms is None:
            self.responses.pass_by(self.keys)
            return None
        if not outcome.is_whole:
            return None
        tags = outcome.context.session.tags
        return self.responses.land(self.keys, self.flight, outcome.served.text, tags, outcome.terms)
