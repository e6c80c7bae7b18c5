"""How many examples a property is tried on: a few in `make test`, many with HYPOTHESIS_PROFILE=prove."""

import os

from hypothesis import HealthCheck, Phase, settings

_TIMES = {"prove": 25}


def examples(number: int, *, made_smaller: bool = True) -> settings:
    """Settings for a property over a running service: no deadline, and fixtures that outlive an example.

    What failed is not `made_smaller` where each try takes seconds, and the failure tells its story anyway.
    """
    phases = [phase for phase in Phase if made_smaller or phase not in (Phase.shrink, Phase.explain)]
    return settings(
        max_examples=number * _TIMES.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 1),
        deadline=None,
        phases=phases,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
