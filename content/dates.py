"""Instants out of front matter and paths."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import PurePosixPath

from dateutil import parser as dateutil

# Longer than any date in words.
MAX_LENGTH = 100

_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:(?:[T ,]\s*|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(?:(Z|UTC|GMT)|([+-])(\d{1,2}):?(\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{9,10}(\d{3})?", re.ASCII)
_COMPACT = re.compile(r"(19|20)\d{6}", re.ASCII)
# North American and European names of zones in dates written by hand; seconds east of Greenwich.
_ZONES = {
    "UTC": 0, "GMT": 0, "EST": -18_000, "EDT": -14_400, "CST": -21_600, "CDT": -18_000, "MST": -25_200,
    "MDT": -21_600, "PST": -28_800, "PDT": -25_200, "CET": 3_600, "CEST": 7_200, "EET": 7_200, "EEST": 10_800,
}  # fmt: skip
_DAY_IN_NAME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T[\d:.+-]*Z?)?(?:[-_ ]+(.*))?", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d{2}", re.ASCII)
_MONTH_OR_DAY = re.compile(r"\d{1,2}", re.ASCII)


def parse_instant(value: object, zone: tzinfo) -> datetime | None:
    """Read a date or a time, in UTC; one without a zone is in `zone`, one without a time at midnight there.

    Reads ISO 8601 and what is close to it (`2016-1-05`, `2019-10-17 10:00 -0700`), seconds and milliseconds since 1970,
    and complete dates in English words; in `3/4/2019` the month is first. None if it is no date.
    """
    try:
        found = _instant(value)
        if found is None:
            return None
        aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        # No such day, or one before the year 1 in UTC.
        return None


def _instant(value: object) -> datetime | None:
    if isinstance(value, date):
        return value if isinstance(value, datetime) else datetime.combine(value, time())
    text = "" if isinstance(value, bool) or not isinstance(value, int | str) else str(value).strip()
    if match := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / (1000 if match[1] else 1), UTC)
    if _COMPACT.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007
    if match := _ISO.fullmatch(text):
        return _iso(match)
    return _in_words(text)


def _iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = match.groups()
    offset = f"{sign}{hours:0>2}:{minutes or '00'}" if sign else "Z" if utc else ""
    return datetime.fromisoformat(
        f"{year}-{month:0>2}-{day:0>2}T{hour or '0':0>2}:{minute or '00'}:{second or '00'}"
        f".{(fraction or '0')[:6]:0<6}{offset}"
    )


def _in_words(text: str) -> datetime | None:
    """Read a date in words that names its day, month and year: what a guess would fill in differs between two."""
    if not text or text[:4].isdecimal() or len(text) > MAX_LENGTH:
        return None
    found = [
        dateutil.parse(text, default=datetime(*guess), tzinfos=_zone)  # noqa: DTZ001
        for guess in ((2000, 1, 1), (2004, 2, 2))
    ]
    return found[0] if found[0] == found[1] else None


def _zone(name: str | None, offset: int | None) -> int | None:
    if name is None or offset is not None:
        return offset
    if name not in _ZONES:
        raise ValueError(f"unknown time zone {name}")
    return _ZONES[name]


@dataclass(frozen=True, slots=True)
class PathName:
    """What a path says: the name of the piece without date, the date, and whether that has a day of its own."""

    name: str
    day: date | None = None
    exact: bool = True


def read_path(path: str) -> PathName:
    """Read `2019-10-17-slug.md`, `2019/10/17/slug.md`, `2019/10/slug.md`, and folders with an `index.md` likewise."""
    pure = PurePosixPath(path)
    name, folders = pure.stem, list(pure.parts[:-1])
    if re.fullmatch(r"index(\.[\w-]+)?", name) and folders:
        name = folders.pop() + name.removeprefix("index")
    match = _DAY_IN_NAME.fullmatch(name)
    day = match and _day(match[1], match[2], match[3])
    if match and day:
        return PathName(match[4] or name, day)
    if folders and (match := _DAY_IN_NAME.fullmatch(folders[-1])):
        return PathName(name, _day(match[1], match[2], match[3]))
    for numbers in (3, 2):
        parts = folders[-numbers:]
        if len(parts) == numbers and _YEAR.fullmatch(parts[0]) and all(map(_MONTH_OR_DAY.fullmatch, parts[1:])):
            return PathName(name, _day(*parts), exact=numbers == 3)  # noqa: PLR2004
    return PathName(name)


def _day(year: str, month: str, day: str = "1") -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
