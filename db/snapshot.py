"""Which transactions a statement saw, as PostgreSQL writes it; of the primary only.

A server that follows another one keeps its running transactions elsewhere and leaves them out of
`pg_current_snapshot()`: what it says of itself is no snapshot. It can say, though, what another's sees.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions a look saw: all before `xmin`, none from `xmax` on, of those between not the running ones."""

    text: str

    @property
    def xmin(self) -> int:
        """All transactions before this one had ended."""
        return int(self.text.partition(":")[0])

    @property
    def xmax(self) -> int:
        """No transaction from this one on had ended."""
        return int(self.text.split(":")[1])

    def sees(self, xid: int) -> bool:
        """Whether a transaction that was committed had been, for this snapshot."""
        return xid < self.xmin or (xid < self.xmax and str(xid) not in self.text.split(":")[2].split(","))
