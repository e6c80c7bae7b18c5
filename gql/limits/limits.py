"""The bounds of documents, in one object; each is a setting."""

from dataclasses import dataclass

from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be; a trusted document is bound by none of these."""

    document: int
    tokens: int
    depth: int
    introspection_depth: int
    aliases: int
    root_fields: int
    directives: int
    operations: int
    copies: int
    selections: int
    errors: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """As the settings say."""
        return cls(**{name: getattr(settings, f"max_{name}") for name in cls.__slots__})
