"""How many examples a property is tried on: a few in `make test`, many with HYPOTHESIS_PROFILE=prove."""

import os

from hypothesis import HealthCheck, settings

_TIMES = {"prove": 25}


def examples(number: int) -> settings:
    """Settings for a property over a running service: no deadline, and fixtures that outlive an example."""
    return settings(
        max_examples=number * _TIMES.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 1),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
