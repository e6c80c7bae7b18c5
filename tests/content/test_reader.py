"""One file is read: its front matter, its path and its text become a document."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.documents import Author, Document, Status
from content.reader import MAX_BYTES, Reader, ReadOptions

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read_one(text: str | bytes, path: str = "2019-10-17-a-post.md") -> tuple[Document, list[str]]:
    """Read one file's content; give the document and the notes."""
    with TemporaryDirectory() as empty:
        reader = Reader(Path(empty), ReadOptions(now=NOW))
    reading = reader.read_bytes(path, text if isinstance(text, bytes) else text.encode())
    assert reading.document is not None, reading.failure
    return reading.document, [note.message for note in reading.notes]


def head(*lines: str) -> Document:
    return read_one("\n".join(["---", *lines, "---", "Body"]))[0]


def failure(data: bytes) -> str:
    with TemporaryDirectory() as empty:
        reading = Reader(Path(empty)).read_bytes("2019-10-17-a-post.md", data)
    assert reading.failure is not None
    return reading.failure.reason


def test_a_jekyll_post_is_read_whole() -> None:
    document, notes = read_one(
        "---\nlayout: post\ntitle: A post\ndate: 2019-10-17 10:00:00 -0700\nauthor: Ann Lee and Bob\n"
        "categories: news swift\nexcerpt: Short.\nlast_modified_at: 2020-01-01\n"
        "canonical_url: https://a.example/b\n---\n\n{% include x %} Body\n"
    )
    assert document == Document(
        path="2019-10-17-a-post.md",
        slug="a-post",
        title="A post",
        body="{% include x %} Body",
        summary="Short.",
        status=Status.PUBLISHED,
        published_at=datetime(2019, 10, 17, 17, tzinfo=UTC),
        updated_at=datetime(2020, 1, 1, tzinfo=UTC),
        canonical_url="https://a.example/b",
        authors=(Author("ann-lee", "Ann Lee"), Author("bob", "Bob")),
        tags=("news", "swift"),
        metadata={"layout": "post"},
    )
    assert notes == []


def test_a_hugo_bundle_with_toml_is_read() -> None:
    text = (
        '+++\ntitle = "A post"\ndate = 2019-10-17T10:00:00-07:00\nslug = "other"\naliases = ["/old/"]\n'
        'tags = ["a"]\ndraft = true\nexpiry = 2020-01-01\n[params]\nx = 1.5\n+++\n\n{{< youtube x >}}\n'
    )
    document, notes = read_one(text, "blog/my-post/index.md")
    assert (document.slug, document.status, document.tags) == ("other", Status.DRAFT, ("a",))
    assert document.published_at == datetime(2019, 10, 17, 17, tzinfo=UTC)
    assert document.metadata == {"aliases": ["/old/"], "expiry": "2020-01-01", "params": {"x": 1.5}}
    assert document.body == "{{< youtube x >}}"
    assert notes == []


def test_zola_taxonomies_are_tags_and_authors_and_others_are_kept() -> None:
    document, notes = read_one(
        '+++\ntitle = "A"\n[taxonomies]\ntags = ["a", "b"]\ncategories = ["B", "c"]\nauthors = ["Ann"]\n'
        'series = ["s"]\n[extra]\nx = 1\n+++\n'
    )
    assert document.tags == ("a", "b", "c")
    assert document.authors == (Author("ann", "Ann"),)
    assert document.metadata == {"taxonomies": {"series": ["s"]}, "extra": {"x": 1}}
    assert "series" in notes[0]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Given\n---\n# Heading", "Given"),
        ("---\ntitle: >\n  Two\n  lines\n---\n", "Two lines"),
        ("---\nTitle: Hugo's\n---\n", "Hugo's"),
        ("---\ntitle:\n---\n\n```\n# code\n```\n\n## A *second* [heading](/x) ##\n", "A second heading"),
        ("No heading", "A post"),
    ],
)
def test_the_title_is_given_or_the_first_heading_or_the_file_name(text: str, title: str) -> None:
    assert read_one(text)[0].title == title


@pytest.mark.parametrize(
    ("lines", "path", "slug"),
    [
        (["slug: My Own"], "2019-10-17-name.md", "my-own"),
        (["permalink: /2015/05/21/tockingtime/"], "2019-10-17-name.md", "tockingtime"),
        (["url: /a/page.html"], "2019-10-17-name.md", "page"),
        (["permalink: /:year/:title/"], "2019-10-17-name.md", "name"),
        (["permalink: pretty"], "2019-10-17-name.md", "name"),
        (["title: T"], "2019-09-19-swift-5.1-released.md", "swift-5-1-released"),
        (["title: T"], "2019-10-17-name.fr.md", "name-fr"),
        (["title: T"], "a/my-post/index.md", "my-post"),
        (["title: From the title"], "2019-10-17-🎉.md", "from-the-title"),
    ],
)
def test_the_slug_is_given_or_of_the_address_or_the_file(lines: list[str], path: str, slug: str) -> None:
    assert read_one("\n".join(["---", *lines, "---", ""]), path)[0].slug == slug


def test_what_makes_no_slug_gets_one_of_its_path() -> None:
    document, notes = read_one("---\ntitle: 🎉\n---\n", "2019-10-17-🎉.md")
    assert document.slug.startswith("post-")
    assert document.slug in notes[0]


@pytest.mark.parametrize(
    ("lines", "path", "status"),
    [
        (["date: 2019-01-01"], "a.md", Status.PUBLISHED),
        (["date: 2019-01-01", "draft: true"], "a.md", Status.DRAFT),
        (["date: 2019-01-01", "draft: yes"], "a.md", Status.DRAFT),
        (["date: 2019-01-01", "draft: false"], "a.md", Status.PUBLISHED),
        (["date: 2019-01-01", "published: false"], "a.md", Status.DRAFT),
        (["date: 2019-01-01", "published: no"], "a.md", Status.DRAFT),
        (["date: 2019-01-01", "published: true"], "a.md", Status.PUBLISHED),
        (["published: 2019-01-01"], "a.md", Status.PUBLISHED),
        (["date: 2019-01-01", "status: archived"], "a.md", Status.ARCHIVED),
        (["date: 2019-01-01", "status: draft"], "a.md", Status.DRAFT),
        (["date: 2019-01-01"], "_drafts/a.md", Status.DRAFT),
        (["date: 2030-01-01"], "a.md", Status.DRAFT),
        (["title: T"], "a.md", Status.DRAFT),
        (["title: T"], "2019/10/17/a.md", Status.PUBLISHED),
    ],
)
def test_the_status_follows_front_matter_folder_and_date(lines: list[str], path: str, status: Status) -> None:
    document, notes = read_one("\n".join(["---", *lines, "---", ""]), path)
    assert document.status is status
    expected = "2030" in lines[0] or (path == "a.md" and lines == ["title: T"])
    assert bool(notes) is expected


def test_the_front_matter_dates_a_post_before_its_path_does() -> None:
    assert head("date: 2018-01-01").published_at == datetime(2018, 1, 1, tzinfo=UTC)
    assert head("date:").published_at == datetime(2019, 10, 17, tzinfo=UTC)
    document, notes = read_one("---\ndate: someday\n---\n")
    assert document.published_at == datetime(2019, 10, 17, tzinfo=UTC)
    assert document.metadata == {"date": "someday"}
    assert "someday" in notes[0]


def test_a_summary_is_the_first_of_summary_excerpt_and_description() -> None:
    document = head("description: D", "excerpt: E", "summary: S")
    assert document.summary == "S"
    assert document.metadata == {"description": "D", "excerpt": "E"}
    assert head("description: same", "excerpt: same").metadata == {}


def test_a_canonical_url_must_be_one_of_the_web() -> None:
    document, notes = read_one("---\ncanonical_url: javascript:x\n---\n")
    assert document.canonical_url is None
    assert document.metadata == {"canonical_url": "javascript:x"}
    assert notes


def test_unknown_keys_are_kept_as_json() -> None:
    document = head(
        "image: /a.png", "weight: 10", "when: 2019-01-01", "n: .nan", "deep: {a: [1, null]}", "x: 99999999999999999999"
    )
    assert document.metadata == {
        "image": "/a.png", "weight": 10, "when": "2019-01-01", "n": ".nan", "deep": {"a": [1, None]},
        "x": "99999999999999999999",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "body", "noted"),
    [
        ("\ufeff---\ntitle: é\n---\né".encode(), "é", False),
        (b"---\r\ntitle: A\r\n---\r\na\r\nb\r\n", "a\nb", False),
        ("caf\u00e9 \u2019".encode("cp1252"), "café \u2019", True),
        ("---\ntitle: é\n---\né".encode("utf-16"), "é", True),
        (b"", "", False),
    ],
)
def test_encodings_and_line_ends_are_made_one(data: bytes, body: str, noted: bool) -> None:
    document, notes = read_one(data)
    assert document.body == body
    assert bool(notes) is noted


def test_what_is_no_text_is_a_failure_that_says_why() -> None:
    assert "NUL" in failure(b"a\0b")
    assert "UTF-8" in failure(b"\x81\x8d\xff")
    assert "MiB" in failure(b"x" * (MAX_BYTES + 1))
    assert "line 2" in failure(b"---\ntitle: a: b\n---\n")


def test_escapes_cannot_bring_in_what_postgresql_refuses() -> None:
    document = head('title: "a\\0b\\ud800c\\ud83d\\ude00"', 'x: ["\\0"]', '"k\\0": 1')
    assert document.title == "a\ufffdb\ufffdc\U0001f600"
    assert document.metadata == {"x": ["\ufffd"], "k\ufffd": 1}


def test_a_long_title_is_cut_with_a_note() -> None:
    document, notes = read_one(f"---\ntitle: {'x' * 400}\n---\n")
    assert len(document.title) == 300
    assert "300" in notes[0]


def test_the_hash_is_of_the_content_and_not_of_the_path() -> None:
    one, _ = read_one("---\ntitle: A\nslug: a\n---\nx", "2019-10-17-a.md")
    two, _ = read_one("---\nslug: a\ntitle: 'A'\n---\nx", "b/2019-10-17-c.md")
    other, _ = read_one("---\ntitle: A\nslug: a\n---\ny", "2019-10-17-a.md")
    assert one == two
    assert one.content_hash() == two.content_hash() != other.content_hash()


_LINES = st.sampled_from(
    ["---", "+++", "{", "}", "title: ", "date: ", "tags: ",
     "authors: ", "draft: ", "slug: ", "taxonomies: ", "metadata: ",
     "permalink: /", "summary: |", "  - ", "[", "]", "2019-10-17", "&a ", "*a", "'", '"', "# ", "a, b and c", "\x00",
     "\ud800",
     "\\ud800", "<<: ", ": ", "\t", "\n", "\n", "\n"]
)  # fmt: skip


@given(st.one_of(st.binary(), st.lists(_LINES | st.text(max_size=5), max_size=30).map("".join)))
def test_any_file_is_read_or_fails_with_a_reason(text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    with TemporaryDirectory() as empty:
        reading = Reader(Path(empty)).read_bytes("a.md", data)
    if reading.document is None:
        assert reading.failure is not None
        assert reading.failure.reason
        return
    assert 1 <= len(reading.document.title) <= 300
    assert reading.document.slug
    assert len(reading.document.content_hash()) == 64
    repr(reading).encode()
    assert "\x00" not in str(reading.document.metadata) + reading.document.body + reading.document.title
