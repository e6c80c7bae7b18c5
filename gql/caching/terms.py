"""On which terms an answer may be kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """For whom, and for how many seconds at most."""

    shared: bool = False
    """Whoever asks the same may have it."""
    max_age: float | None = None
    deprecated: tuple[str, ...] = ()
    """What the operation uses of what is deprecated: whoever is served the answer uses it, too."""
    operation: str | None = None
    """Its name."""
