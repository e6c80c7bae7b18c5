from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.dates import parse_instant, read_path

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2019-10-17", "2019-10-17T04:00"),
        ("2016-1-05", "2016-01-05T05:00"),
        ("2019/10/17", "2019-10-17T04:00"),
        ("20191017", "2019-10-17T04:00"),
        ("2026-07-02 12:00", "2026-07-02T16:00"),
        ("2019-10-17 10:00:00 -0700", "2019-10-17T17:00"),
        ("2015-03-17 14:00:00 -4", "2015-03-17T18:00"),
        ("2019-10-17T10:00:00Z", "2019-10-17T10:00"),
        ("2019-10-17T10:00:00.25+05:30", "2019-10-17T04:30:00.250"),
        ("2019-10-17 10:00 UTC", "2019-10-17T10:00"),
        ("1571300000", "2019-10-17T08:13:20"),
        (1571300000, "2019-10-17T08:13:20"),
        ("1571300000000", "2019-10-17T08:13:20"),
        ("Oct 17, 2019", "2019-10-17T04:00"),
        ("Thu, 17 Oct 2019 10:00:00 +0200", "2019-10-17T08:00"),
        ("17 Oct 2019 10:00 PDT", "2019-10-17T17:00"),
        ("3/4/2019", "2019-03-04T05:00"),
        (date(2019, 1, 2), "2019-01-02T05:00"),
        (datetime(2019, 1, 2, 3), "2019-01-02T08:00"),  # noqa: DTZ001
    ],
)
def test_a_date_is_read_in_the_default_zone_unless_it_names_one(written: object, instant: str) -> None:
    found = parse_instant(written, NEW_YORK)
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    ["", "someday", "2019", 2019, True, None, [], "2019-02-30", "2016-13-05", "October 2019", "Oct 17", "10:00",
     "2019-10-17 25:00", "17 Oct 2019 10:00 XYZ", "0001-01-01 00:00 +12:00", "x" * 500],
)  # fmt: skip
def test_what_is_no_whole_date_is_none(written: object) -> None:
    assert parse_instant(written, NEW_YORK) is None


@given(st.text() | st.from_regex(r"[0-9/:. TZ+-]{1,30}", fullmatch=True))
def test_any_text_is_a_date_in_utc_or_none(written: str) -> None:
    found = parse_instant(written, NEW_YORK)
    assert found is None or found.utcoffset() == timedelta(0)


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_8601_is_read_to_the_microsecond(instant: datetime) -> None:
    assert parse_instant(instant.isoformat(), NEW_YORK) == instant


@pytest.mark.parametrize(
    ("path", "name", "day", "exact"),
    [
        ("2019-10-17-slug.md", "slug", date(2019, 10, 17), True),
        ("_posts/2016-1-05-slug.md", "slug", date(2016, 1, 5), True),
        ("2019-10-17_slug.md", "slug", date(2019, 10, 17), True),
        ("blog/2019/10/17/slug.md", "slug", date(2019, 10, 17), True),
        ("blog/2019/10/slug.md", "slug", date(2019, 10, 1), False),
        ("2019-10-17-my-post/index.md", "my-post", date(2019, 10, 17), True),
        ("2019/10/17/my-post/index.fr.md", "my-post.fr", date(2019, 10, 17), True),
        ("2019-10-17/slug.md", "slug", date(2019, 10, 17), True),
        ("2019/slug.md", "slug", None, True),
        ("2019-13-17-slug.md", "2019-13-17-slug", None, True),
        ("index.md", "index", None, True),
    ],
)
def test_a_path_says_name_and_date(path: str, name: str, day: date | None, exact: bool) -> None:
    found = read_path(path)
    assert (found.name, found.day, found.exact) == (name, day, exact)
