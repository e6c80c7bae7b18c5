"""A folder is read file by file: each becomes a document, or it is said why not."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from content.errors import ContentError
from content.reader import Reader, ReadOptions

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tree(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_dates_without_zone_are_in_the_default_zone(tmp_path: Path) -> None:
    options = ReadOptions(zone=ZoneInfo("America/New_York"), now=NOW)
    reader = Reader(tree(tmp_path, {"2019-10-17-a.md": "x"}), options)
    (reading,) = reader
    assert reading.document is not None
    assert reading.document.published_at == datetime(2019, 10, 17, 4, tzinfo=UTC)


def test_equal_slugs_of_two_folders_are_told_apart_the_same_way_each_time(tmp_path: Path) -> None:
    files = dict.fromkeys(("a/hello.md", "b/hello.md", "b/x/hello.md", "posts/hello.md", "posts/2/hello.md"), "x")
    root = tree(tmp_path, files)
    readings = list(Reader(root, ReadOptions(now=NOW)))
    slugs = {reading.path: reading.document.slug for reading in readings if reading.document}
    assert slugs == {
        "a/hello.md": "hello",
        "b/hello.md": "b-hello",
        "b/x/hello.md": "x-hello",
        "posts/2/hello.md": "hello-2",
        "posts/hello.md": "hello-3",
    }
    assert [sum("slug" in note.message for note in reading.notes) for reading in readings] == [0, 1, 1, 1, 1]


def test_languages_of_one_post_keep_a_slug_each(tmp_path: Path) -> None:
    root = tree(tmp_path, dict.fromkeys(("post.md", "post.fr.md", "bundle/index.md", "bundle/index.fr.md"), "x"))
    slugs = [reading.document.slug for reading in Reader(root) if reading.document]
    assert sorted(slugs) == ["bundle", "bundle-fr", "post", "post-fr"]


def test_nothing_of_a_tree_is_dropped_without_a_line(tmp_path: Path) -> None:
    root = tree(
        tmp_path / "tree",
        {
            "good.md": "---\ndate: 2019-01-01\n---\n",
            "bad.md": "---\na: [\n---\n",
            "stray.markdown": "no head, no date",
            "README.md": "about",
            "_index.md": "---\ntitle: Section\n---\n",
            ".hidden.md": "x",
            ".git/x.md": "x",
            "node_modules/x.md": "x",
            "photo.png": "x",
            "notes.txt": "x",
        },
    )
    (tmp_path / "outside.md").write_text("x")
    (root / "out.md").symlink_to(tmp_path / "outside.md")
    (root / "loop").symlink_to(root)
    (root / "broken.md").symlink_to(root / "absent.md")
    reader = Reader(root, ReadOptions(now=NOW))
    readings = list(reader)
    assert [reading.path for reading in readings if reading.document] == ["good.md", "stray.markdown"]
    failed = {item.path for item in (*reader.failures, *(r.failure for r in readings if r.failure))}
    assert failed == {"bad.md", "out.md", "loop", "broken.md"}
    noted = {note.path for reading in readings for note in reading.notes} | {note.path for note in reader.notes}
    assert noted == {"stray.markdown", "README.md", "_index.md", ".hidden.md", ".git", "node_modules", "."}
    assert "1 .png, 1 .txt" in reader.notes[-1].message or any(".png" in note.message for note in reader.notes)


def test_a_file_name_that_is_no_text_is_a_failure(tmp_path: Path) -> None:
    name = os.fsencode(str(tmp_path)) + b"/a\xff.md"
    try:
        Path(os.fsdecode(name)).write_text("x")
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    assert [failed.path for failed in Reader(tmp_path).failures] == ["a?.md"]


def test_one_file_may_be_read_alone(tmp_path: Path) -> None:
    tree(tmp_path, {"2019-10-17-a.md": "x", "2019-10-17-b.md": "x"})
    assert [reading.path for reading in Reader(tmp_path / "2019-10-17-a.md")] == ["2019-10-17-a.md"]


def test_a_tree_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no folder"):
        Reader(tmp_path / "absent")
    with pytest.raises(ContentError, match="registry"):
        Reader(tmp_path, ReadOptions(registry=tmp_path / "absent.yml"))


def test_a_file_that_goes_away_is_a_failure(tmp_path: Path) -> None:
    reader = Reader(tree(tmp_path, {"a.md": "x"}))
    (tmp_path / "a.md").unlink()
    (reading,) = reader
    assert reading.failure is not None


def test_the_registry_of_authors_is_not_counted_among_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "authors.yml").write_text("ann: {name: Ann}\n")
    (tmp_path / "other.yml").write_text("a: 1\n")
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\nText\n")
    assert [note.message for note in Reader(tmp_path).notes] == ["files that are no Markdown were left out: 1 .yml"]
