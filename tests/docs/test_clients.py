"""The code in docs/clients.md is that of tests/clients, which is compiled and run; so are the versions."""

import json
import re

from structlog.testing import capture_logs

from server.uses import Uses
from tests.docs.documents import ROOT, Block, blocks_of

CLIENTS = ROOT / "tests" / "clients"
PAGE = ROOT / "docs" / "clients.md"

PACKAGES = re.compile(r"`([@\w/-]+)` (\d+\.\d+\.\d+)")


def _sources() -> list[str]:
    files = [*CLIENTS.glob("*.json"), *CLIENTS.glob("*.mjs"), *(CLIENTS / "src").rglob("*.ts")]
    tests = {path for path in files if ".test." in path.name or {"generated", "__generated__"} & set(path.parts)}
    return [path.read_text() for path in files if path not in tests]


def _is_logged(block: Block) -> bool:
    return block.language == "json" and '"event"' in block.text


def _code() -> list[Block]:
    return [block for block in blocks_of(PAGE) if block.language in ("ts", "js", "json") and not _is_logged(block)]


def test_the_code_is_that_of_files_that_are_run() -> None:
    sources, code = _sources(), _code()
    assert len(code) >= 8
    for block in code:
        assert any(f"\n{block.text}" in f"\n{source}" for source in sources), f"{block}: this stands in no file"


def test_the_versions_are_those_that_are_run() -> None:
    wanted = json.loads((CLIENTS / "package.json").read_text())["devDependencies"]
    named = PACKAGES.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) >= 8
    assert {name: wanted.get(name) for name, _ in named} == dict(named)


def test_the_line_of_the_log_is_one() -> None:
    [shown] = [json.loads(block.text) for block in blocks_of(PAGE) if _is_logged(block)]
    with capture_logs() as logs:
        Uses().count({b"graphql-client-name": shown["client"]}, [shown["coordinate"]])
    level = logs[0].pop("log_level")
    assert {**logs[0], "level": level, "uses": shown["uses"]} == shown


def test_every_client_is_explained() -> None:
    shown = "".join(block.text for block in _code())
    for path in (CLIENTS / "src").rglob("*.test.ts"):
        source = path.with_name(path.name.replace(".test.ts", ".ts")).read_text()
        assert any(f"{part}" in shown for part in source.split("\n\n") if len(part) > 300), path
