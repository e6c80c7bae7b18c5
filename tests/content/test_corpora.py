"""Two real blogs, read whole; they lie beside the checkout and are not part of it."""

from pathlib import Path

import pytest

from content.reader import Reader
from content.writer import write_document
from core.markdown import render
from core.slugs import slugify

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the real blogs are not at {CORPORA}")


@pytest.mark.parametrize(
    ("folder", "posts", "authors", "tags", "co_authors", "changed"),
    [
        # Changed: three slugs that differ in nothing but the date, and a list with tabs.
        ("18f/content/posts", 504, 273, 142, 408, 4),
        # Changed: two keys that are there twice.
        ("swift/_posts", 172, 111, 5, 49, 2),
    ],
)
def test_a_real_blog_is_read_whole_and_written_again(
    folder: str, posts: int, authors: int, tags: int, co_authors: int, changed: int, tmp_path: Path
) -> None:
    reader = Reader(CORPORA / folder)
    readings = list(reader)
    documents = [reading.document for reading in readings if reading.document]
    assert [reading.failure for reading in readings if reading.failure] == []
    assert len(readings) == len(documents) == posts
    assert len({author.key.casefold() for document in documents for author in document.authors}) == authors
    assert len({slugify(tag) for document in documents for tag in document.tags}) == tags
    assert sum(len(document.authors[1:]) for document in documents) == co_authors
    assert sum(bool(reading.notes) for reading in readings) == changed
    assert all(document.published_at for document in documents)
    assert all(render(document.body).text for document in documents)
    for document in documents:
        write_document(document, tmp_path)
    again = {reading.document.slug: reading.document for reading in Reader(tmp_path) if reading.document}
    assert again == {document.slug: document for document in documents}


def test_the_registry_beside_the_posts_names_the_authors() -> None:
    reader = Reader(CORPORA / "swift" / "_posts")
    named = {author for reading in reader if reading.document for author in reading.document.authors}
    assert len(reader.registry.authors) == 119
    # One key of a byline is not in the registry.
    assert [author.name for author in named if author not in reader.registry.authors] == ["allendenison"]
