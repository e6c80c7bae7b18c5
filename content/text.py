"""Text that PostgreSQL can hold."""

import codecs
import re
from decimal import Decimal

_LINE_ENDS = re.compile(r"\r\n?")


def storable(text: str) -> str:
    """Join surrogate pairs; put U+FFFD for lone surrogates and NUL, which PostgreSQL refuses; end lines with LF."""
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    if text.isascii() and "\0" not in text:
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def one_line(text: str) -> str:
    """Join the lines of a title or name with a space; spaces within a line stay."""
    lines = storable(text).replace("\t", " ").splitlines()
    return " ".join(line for line in map(str.strip, lines) if line)


def written(value: object) -> str | None:
    """Give a scalar of front matter as text; None if it is none, or empty."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float | Decimal):
        return storable(str(value)).strip() or None
    if value is not None and hasattr(value, "isoformat"):
        return str(value.isoformat())
    return None


def decode(data: bytes) -> tuple[str, str | None]:
    """Decode a file: its text, and a note when it is not UTF-8.

    Raises:
        UnicodeDecodeError: neither UTF-8, nor UTF-16 with its mark, nor Windows-1252.

    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16"), "read as UTF-16"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return data.decode("cp1252"), "is not UTF-8: read as Windows-1252"
