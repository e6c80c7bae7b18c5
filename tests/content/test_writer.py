from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.authors import Registry
from content.documents import Author, Document, Json, Status
from content.reader import Reader, ReadOptions
from content.registry import write_registry
from content.text import one_line, storable
from content.writer import write_document
from core.slugs import slugify

LAST = datetime(9999, 12, 31, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))
_LINE = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(one_line).filter(bool)
_TRAPS = st.sampled_from(["No", "1.10", "2015", "null", "~", "2019-10-17", "a: b", "- x", "#", "'", "<<", "yes", "{x}"])
_BODY = _TEXT | st.tuples(
    st.sampled_from(["---", "+++", "{", " ", "\n", "\n\n", "\ufeff", "---\na: b\n---\n"]), _TEXT
).map("".join)
_PROSE = st.none() | _TRAPS | _TEXT.map(lambda text: storable(text).strip() or None)
_INSTANT = st.datetimes(timezones=st.just(UTC), max_value=datetime(9999, 12, 30))  # noqa: DTZ001
_KEY = st.sampled_from(["title", "date", "Tags", "metadata", "url", "permalink", "draft", "taxonomies"]) | _TEXT
_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT | _TRAPS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEY, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_AUTHOR = st.builds(
    Author, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True), _TRAPS | _LINE, _PROSE, _PROSE
)
_TAGS = st.lists((_LINE | _TRAPS).filter(slugify), max_size=4, unique_by=slugify).map(tuple)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    status = draw(st.sampled_from(Status))
    published_at = draw(_INSTANT if status is Status.PUBLISHED else st.none() | _INSTANT)
    authors = draw(st.lists(_AUTHOR, max_size=4, unique_by=lambda author: author.key.casefold()))
    return Document(
        path="",
        slug=draw(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,4}|2019-10-17-a|index|readme", fullmatch=True)),
        title=draw(_TRAPS | _LINE),
        body=draw(_BODY),
        summary=draw(_PROSE),
        status=status,
        published_at=published_at,
        updated_at=draw(st.none() | _INSTANT),
        canonical_url=draw(st.sampled_from([None, "https://a.example/b?c=d#e"])),
        authors=tuple(authors),
        tags=draw(_TAGS),
        metadata=draw(st.dictionaries(_KEY, _JSON, max_size=4)),
    )


def read_back(directory: Path) -> Document:
    (reading,) = Reader(directory, ReadOptions(now=LAST))
    assert reading.failure is None
    assert reading.document is not None
    assert reading.notes == ()
    return reading.document


@given(document=documents())
def test_a_written_document_is_read_back_equal(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    directory = tmp_path_factory.mktemp("export")
    path = write_document(document, directory)
    found = read_back(directory)
    assert found == document
    assert found.content_hash() == document.content_hash()
    assert found.path == path.relative_to(directory).as_posix()


@given(document=documents(), data=st.data())
def test_authors_of_the_registry_are_written_by_key_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, document: Document, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("export")
    known = tuple(data.draw(st.permutations(document.authors))[:2])
    write_registry(known, directory)
    write_document(document, directory, Registry(known))
    assert read_back(directory) == document


def document(**changes: object) -> Document:
    values: dict[str, object] = {
        "path": "", "slug": "a-post", "title": "A post", "body": "Body",
        "published_at": datetime(2019, 10, 17, tzinfo=UTC)
    } | changes  # fmt: skip
    return Document(**values)  # type: ignore[arg-type]


def test_a_post_lies_under_its_year_and_a_draft_under_drafts(tmp_path: Path) -> None:
    assert write_document(document(), tmp_path) == tmp_path / "2019" / "a-post.md"
    assert write_document(document(status=Status.DRAFT), tmp_path) == tmp_path / "drafts" / "a-post.md"
    undated = document(status=Status.DRAFT, published_at=None, slug="2019-10-17-x")
    assert write_document(undated, tmp_path) == tmp_path / "drafts" / "undated-2019-10-17-x.md"


def test_a_written_file_reads_like_one_of_a_person(tmp_path: Path) -> None:
    ada = Author("ada", "Ada", "Wrote.", None)
    path = write_document(
        document(title="Größe: 10", authors=(ada, Author("bob", "Bob")), tags=("C++",), metadata={"layout": "post"}),
        tmp_path,
        Registry((ada,)),
    )
    assert path.read_text(encoding="utf-8") == (
        "---\ntitle: 'Größe: 10'\nslug: a-post\ndate: '2019-10-17T00:00:00+00:00'\nauthors:\n- ada\n- Bob\n"
        "tags:\n- C++\nlayout: post\n---\n\nBody\n"
    )
