"""What text may come in."""

from core.errors import BadInputError


def is_storable(value: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, and no half of a surrogate pair."""
    return value.isprintable() or not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


def stored_text(value: str, *argument: str | int, longest: int = 1_000) -> str:
    """A text argument of a read.

    Raises:
        BadInputError: it holds what no stored text can hold, or is longer than any.

    """
    if len(value) > longest:
        raise BadInputError(f"This is longer than {longest} characters: {len(value)}.", argument)
    return storable(value, *argument)


def storable(value: str, *argument: str | int) -> str:
    """A text argument of a write, whose other rules are the write's own.

    Raises:
        BadInputError: it holds what no stored text can hold.

    """
    if not is_storable(value):
        raise BadInputError("This holds a character that no text here can hold.", argument)
    return value
