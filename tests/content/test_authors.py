from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.authors import Registry, read_authors
from content.documents import Author
from content.errors import ContentError
from content.registry import find_registry, load_registry, write_registry
from content.text import one_line, storable

ADA = Author("ada", "Ada Lovelace", "Wrote the first program.", "https://ada.example")
REGISTRY = Registry((ADA,))


def names(value: object, registry: Registry | None = None) -> list[str]:
    return [author.name for author in read_authors([value], registry or Registry(), lambda _message: None)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann", ["Ann"]),
        ("Ann, Bob and Cy", ["Ann", "Bob", "Cy"]),
        ("Ann, Bob, and Cy", ["Ann", "Bob", "Cy"]),
        ("Ann & Bob", ["Ann", "Bob"]),
        ("Ann; Bob", ["Ann", "Bob"]),
        ("Sandy Anderson", ["Sandy Anderson"]),
        ("Sammy Davis, Jr. and Ann", ["Sammy Davis, Jr.", "Ann"]),
        (["Ann", "Ann and Bob Ltd, the firm"], ["Ann", "Ann and Bob Ltd, the firm"]),
        (["Ann", "ann", "ANN"], ["Ann"]),
        ({"name": "Ann", "url": "https://a.example"}, ["Ann"]),
        ([{"name": "Ann"}, "Bob"], ["Ann", "Bob"]),
        ("Ann <ann@a.example>", ["Ann"]),
        (["18F"], ["18F"]),
        (None, []),
        ("", []),
        ([None, ""], []),
    ],
)
def test_authors_come_as_text_lists_and_mappings(value: object, expected: list[str]) -> None:
    assert names(value) == expected


def test_a_registry_explains_keys_and_names_whatever_their_case() -> None:
    assert read_authors(["ada", ["ADA", "ada lovelace"]], REGISTRY, lambda _message: None) == (ADA,)
    assert names("ada and Bob", REGISTRY) == ["Ada Lovelace", "Bob"]


def test_a_name_without_letters_of_ours_gets_a_key_all_the_same() -> None:
    (author,) = read_authors(["🎉"], Registry(), lambda _message: None)
    assert author.name == "🎉"
    assert author.key.startswith("author-")


def test_what_is_left_out_or_taken_together_is_noted() -> None:
    notes: list[str] = []
    read_authors([["José", "Jose"], {"name": "Ann", "email": "a@b.example"}, {"url": "x"}], Registry(), notes.append)
    assert len(notes) == 3
    assert "José" in notes[0]
    assert "email" in notes[1]
    assert "a@b.example" not in "".join(notes)


REGISTRIES = {
    "authors.yml": """
ada:
  name: Ada Lovelace
  about: Wrote.
  website: https://ada.example
  email: a@b.example
bob: Bob
""",
    "authors.yaml": """
- id: ada
  name: Ada Lovelace
  bio: Wrote.
  url: https://ada.example
  email: a@b.example
- {name: Bob}
""",
    "authors.toml": """
[ada]
name = "Ada Lovelace"
bio = "Wrote."
url = "https://ada.example"
email = "a@b.example"
[bob]
name = "Bob"
""",
    "authors.json": """
{"ada": {"name": "Ada Lovelace", "bio": "Wrote.", "url": "https://ada.example", "email": "a@b.example"}, "bob": "Bob"}
""",
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_may_be_yaml_toml_or_json(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(REGISTRIES[name])
    registry, notes = load_registry(tmp_path / name)
    assert registry.authors == (Author("ada", "Ada Lovelace", "Wrote.", "https://ada.example"), Author("bob", "Bob"))
    assert notes == ("of the authors was left out: email",)


def test_a_github_name_stands_in_for_a_missing_url(tmp_path: Path) -> None:
    (tmp_path / "authors.yml").write_text("ada:\n  name: Ada\n  github: ada-l\n")
    registry, notes = load_registry(tmp_path / "authors.yml")
    assert registry.authors == (Author("ada", "Ada", None, "https://github.com/ada-l"),)
    assert notes == ()


@pytest.mark.parametrize("text", ["a: [", "just words", "\x00", ""])
def test_a_file_that_is_no_registry_is_refused_or_empty(text: str, tmp_path: Path) -> None:
    path = tmp_path / "authors.yml"
    path.write_text(text)
    if text:
        with pytest.raises(ContentError, match=r"authors\.yml"):
            load_registry(path)
    else:
        assert load_registry(path)[0] == Registry()
    with pytest.raises(ContentError):
        load_registry(tmp_path / "absent.yml")


def test_a_registry_is_found_where_the_generators_keep_it(tmp_path: Path) -> None:
    assert find_registry(tmp_path) is None
    (tmp_path / "_data").mkdir()
    (tmp_path / "_posts").mkdir()
    path = tmp_path / "_data" / "authors.yml"
    path.write_text("ada: Ada\n")
    assert find_registry(tmp_path) == path
    assert find_registry(tmp_path / "_posts") == path
    assert find_registry(tmp_path / "_data") == path


_NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=50).map(one_line).filter(bool)
_PROSE = st.none() | st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: storable(text).strip() or None)
AUTHORS = st.lists(
    st.builds(Author, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True), _NAME, _PROSE, _PROSE),
    max_size=5,
    unique_by=lambda author: author.key.casefold(),
).map(tuple)


@given(authors=AUTHORS)
def test_a_written_registry_is_read_back(tmp_path_factory: pytest.TempPathFactory, authors: tuple[Author, ...]) -> None:
    path = write_registry(authors, tmp_path_factory.mktemp("registry"))
    assert load_registry(path) == (Registry(authors), ())
