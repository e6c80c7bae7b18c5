"""What a mutation came to."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.refusals import Refusal

Values = Mapping[str, Any]


class Result:
    """What a payload stands for: `refusals`, and ids by name; what a mutation did not come to is None."""

    def __init__(self, client_mutation_id: str | None, values: Values) -> None:
        self.client_mutation_id = client_mutation_id
        self.refusals: Sequence[Refusal] = values.get("refusals", ())
        self._values = values

    def __getattr__(self, name: str) -> Any:
        """The value of this name."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self._values.get(name)
