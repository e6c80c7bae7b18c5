"""How long and with which luck: short in `make test`, as long as one likes in `make prove`."""

import os
import secrets
from random import Random

PROVE = os.environ.get("HYPOTHESIS_PROFILE") == "prove"
SECONDS = float(os.environ.get("BROADSHEET_PROVE_SECONDS") or 600)
SEED = int(os.environ.get("BROADSHEET_PROVE_SEED") or secrets.randbelow(1_000_000))


def luck(title: str) -> Random:
    """The random numbers of one scenario; the same for the same seed."""
    return Random(f"{SEED} {title}")
