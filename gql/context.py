"""What a resolver can reach: the loaders of its request, who asks, and, for mutations, the door to writes."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import strawberry
from graphql import GraphQLResolveInfo

from cache.rates import Rates
from core.access_tokens import AccessTokens
from core.passwords import Passwords
from core.settings import Settings
from core.viewer import Asker, Viewer
from db.database import Database
from db.position import Position
from db.replicas import Reading
from db.writes.sessions import Lifetimes
from gql.events.topic import Subscribes
from loaders.registry import Loaders


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the settings say of accounts."""

    sign_up: bool
    login_tries: int
    login_tries_by_address: int
    lifetimes: Lifetimes


@dataclass(frozen=True, slots=True)
class Services:
    """What all requests of an application share."""

    database: Database
    passwords: Passwords
    access_tokens: AccessTokens
    accounts: AccountRules
    rates: Rates

    @classmethod
    def of(cls, settings: Settings, database: Database, rates: Rates) -> "Services":
        """As the settings say.

        Raises:
            SettingsError: no key for tokens, or a weak one.

        """
        rules = AccountRules(
            settings.sign_up, settings.login_tries, settings.login_tries_by_address, Lifetimes.of(settings)
        )
        return cls(database, Passwords(settings), AccessTokens(settings), rules, rates)


class Caller(NamedTuple):
    """Where a request came from: the address that it is counted by, and what the client calls itself."""

    address: str
    user_agent: str | None = None


class Context:
    """One per request. A resolver that reads sees no session and no cache: it has the loaders."""

    def __init__(self, services: Services, viewer: Viewer, caller: Caller, request_id: str) -> None:
        self.services = services
        self.asker = Asker(viewer)
        self.caller = caller
        self.request_id = request_id
        self.session = services.database.read()
        self.loaders = Loaders(self.session, self.asker)
        self.position: Position | None = None
        """What replicas must have replayed; None: what the primary says when it is asked."""
        self.found_types: set[str] = set()
        """Types that rows turned out to be of where the document does not tell."""
        self.subscribes: Subscribes | None = None
        """Where events come from; None where nothing is subscribed to."""
        # What a selection needs is the same for every parent: found once, under the nodes of the selection.
        self.found_for: dict[Any, Any] = {}

    @property
    def viewer(self) -> Viewer:
        """Who asks; from here on the answer is his."""
        return self.asker.viewer

    def renew(self, reading: Reading | None = None) -> None:
        """Forget what was read, and read from the primary, or as `reading` does, from here on.

        After a mutation what follows reads the new state, which replicas may not have yet.
        """
        self.loaders.close()
        self.session = self.services.database.read(reading)
        self.loaders = Loaders(self.session, self.asker)
        self.found_for.clear()

    def sign_in(self, viewer: Viewer) -> None:
        """Let what follows in this request be read and written as another viewer."""
        self.asker = Asker(viewer)
        self.renew()

    def close(self) -> None:
        """End the batches that still run: whoever asked has gone."""
        self.loaders.close()


Info = strawberry.Info[Context, None]

RawInfo = GraphQLResolveInfo[Any]
"""graphql-core's own, with the nodes of the selection; Strawberry passes the variables as a plain mapping."""
