"""Who may spend how much: the buckets of accounts and of addresses."""

from dataclasses import dataclass

from cache.client import Client
from cache.rate_limit import Rate, RateLimiter, Verdict
from core.addresses import address_key
from core.settings import Settings
from core.viewer import Viewer


@dataclass(slots=True)
class Spent:
    """What callers of one kind spent so far."""

    points: int = 0
    refused: int = 0
    """Charges for which somebody had too few points."""


class Rates:
    """The rates of the settings, over one process's limiter."""

    def __init__(self, redis: Client, settings: Settings) -> None:
        self.limiter = RateLimiter(redis)
        self._account = Rate(settings.rate, settings.rate_burst)
        self._anonymous = Rate(settings.rate_anonymous, settings.rate_anonymous_burst)
        self.by_accounts, self.by_addresses = Spent(), Spent()

    def charge(self, viewer: Viewer, address: str, cost: int) -> Verdict:
        """Take points from the viewer's bucket, or from the address's where nobody is signed in."""
        if viewer.user_id is None:
            return self.charge_address(address, cost)
        return self._charge(f"user:{viewer.user_id}", cost, self._account, self.by_accounts)

    def charge_address(self, address: str, cost: int) -> Verdict:
        """Take points from an address's bucket."""
        return self._charge(address_key(address), cost, self._anonymous, self.by_addresses)

    def _charge(self, caller: str, cost: int, rate: Rate, spent: Spent) -> Verdict:
        # A trusted document may cost more than a bucket holds: then it takes all of it.
        points = min(cost, rate.burst)
        verdict = self.limiter.charge(caller, points, rate)
        if verdict.allowed:
            spent.points += points
        else:
            spent.refused += 1
        return verdict
