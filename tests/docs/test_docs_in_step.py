"""The documents name all settings, commands and codes of errors that there are, and no others."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLEnumType

from core.errors import ErrorCode
from core.refusals import RefusalCode
from core.settings import Settings
from core.wire_settings import WireSettings
from tests.docs.documents import ROOT, documents
from tests.docs.generated import GENERATED, part_of
from tests.docs.shell import setting_variables
from tests.model.read import committed_schema

SETTING = re.compile(r"\bBROADSHEET_[A-Z_]+\b")


@pytest.mark.parametrize("name", GENERATED)
def test_a_document_says_what_the_code_says(name: str) -> None:
    made = GENERATED[name]().strip()
    assert part_of(ROOT / name).strip() == made, "write it anew: .venv/bin/python -m tests.docs.generated"


def _sections(path: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_code_of_an_error_is_explained_with_what_to_do() -> None:
    sections = _sections(ROOT / "docs/errors.md")
    codes = {heading: text for heading, text in sections.items() if heading.isupper()}
    assert list(codes) == [code.value for code in ErrorCode]
    for code, text in codes.items():
        assert "**What to do:**" in text, code


def test_every_code_of_a_user_error_is_explained() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\w+) \| .{20,} \|$", _sections_of_users(), flags=re.MULTILINE)
    enum = committed_schema().type_map["UserErrorCode"]
    assert isinstance(enum, GraphQLEnumType)
    assert [code for code, _ in rows] == [code.value for code in RefusalCode] == list(enum.values)
    assert {type_name for _, type_name in rows} <= set(committed_schema().type_map)


def _sections_of_users() -> str:
    return (ROOT / "docs/errors.md").read_text(encoding="utf-8").partition("# User errors")[2]


FIGURE = re.compile(r"(\d[\d,]*)( MB| KB)?")


def test_the_limits_in_the_documents_are_those_that_hold() -> None:
    """Each row of a table that names settings has their figures, in the same order."""
    text = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| (.+) \|$", text, flags=re.MULTILINE):
        _, figures, *settings = row.split(" | ")
        names = SETTING.findall(" ".join(settings))
        shown = [_number(*match) for match in FIGURE.findall(figures)]
        if names:
            fields = [Settings.model_fields[name.removeprefix("BROADSHEET_").lower()] for name in names]
            assert shown == [field.default for field in fields], row
    rates = re.findall(r"^\| (?:Address|Account) \| (.+) \| (.+) \|$", text, flags=re.MULTILINE)
    assert [[_number(one, "") for one in row] for row in rates] == [
        [Settings.model_fields[f"rate{who}{kind}"].default for kind in ("", "_burst")] for who in ("_anonymous", "")
    ]
    limits = {f"BROADSHEET_{name.upper()}" for name in WireSettings.model_fields}
    cached = (ROOT / "docs/caching.md").read_text(encoding="utf-8")
    explained = set(SETTING.findall(text + cached)) | {
        f"BROADSHEET_RATE{who}{kind}" for who in ("_ANONYMOUS", "") for kind in ("", "_BURST")
    }
    assert limits - explained == set()


def _number(digits: str, unit: str) -> float:
    return int(digits.replace(",", "")) * {" MB": 1_000_000, " KB": 1_000}.get(unit, 1)


def test_documents_name_no_setting_that_is_not_there() -> None:
    for path in documents():
        assert set(SETTING.findall(path.read_text(encoding="utf-8"))) <= setting_variables(), path


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in re.findall(r"^## (.+)$", part_of(ROOT / "docs/commands.md"), flags=re.MULTILINE):
        assert f"`broadsheet {command}" in readme


def test_every_target_of_make_is_in_the_guide_for_contributors() -> None:
    targets = re.findall(r"^([a-z]+):.*?## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert targets
    for target in targets:
        assert f"`make {target}`" in guide, target
