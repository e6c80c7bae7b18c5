import pytest

from content.taxonomy import read_tags


@pytest.mark.parametrize(
    ("key", "value", "tags"),
    [
        ("tags", ["Swift", "Server Side", "swift"], ("Swift", "Server Side")),
        ("tags", "swift server", ("swift", "server")),
        ("tags", "Swift, Server Side", ("Swift", "Server Side")),
        ("tags", ["Rock, Paper"], ("Rock, Paper",)),
        ("category", "Developer Tools", ("Developer Tools",)),
        ("tags", [2015, 1.5, True, None], ("2015", "1.5", "true")),
        ("tags", ["C", "C++", "C#"], ("C", "C++", "C#")),
        ("tags", {"a": 1, "b": 2}, ("a", "b")),
        ("tags", None, ()),
    ],
)
def test_tags_come_as_lists_and_text(key: str, value: object, tags: tuple[str, ...]) -> None:
    assert read_tags([(key, value)], lambda _message: None) == tags


def test_tags_that_cannot_be_kept_are_noted() -> None:
    notes: list[str] = []
    assert read_tags([("tags", ["🎉", "x" * 101])], notes.append) == ("x" * 100,)
    assert len(notes) == 2


def test_several_keys_are_merged_in_order() -> None:
    pairs: list[tuple[str, object]] = [("tags", ["b", "a"]), ("categories", "A c")]
    assert read_tags(pairs, lambda _message: None) == ("b", "a", "c")
