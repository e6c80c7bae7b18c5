"""Rules of the house that no linter knows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import PACKAGES, ROOT, modules

NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"})

MOST_LINES = 300
LONGER = {
    "db/seed/words.py": "lists of words, one a line",
    "db/migrations/versions/2026_11_21_first_tables.py": "all tables of the start at once",
}

REGISTRIES = re.compile(
    r"""
    \b(?: pypi | pythonhosted | npmjs | yarnpkg | jsdelivr | unpkg | ghcr | quay | gcr | crates | proxy\.golang )
    \. (?: org | com | io | dev | net )\b
    | \b(?: hub | registry-1 | index | auth )\.docker\. (?: io | com )\b
    """,
    re.VERBOSE,
)

# Imports every module that it is given, and reports what each does beyond that.
WATCHER = """
import importlib, os, sys

done = []

def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, int) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        done.append(f"opens {path} to write")
    elif event in ("socket.bind", "socket.connect", "subprocess.Popen", "os.fork", "os.mkdir", "os.remove", "os.exec"):
        done.append(f"{event} {arguments[1:]}")

sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
    for what in done:
        print(f"importing {name}: {what}")
    done.clear()
"""


def _tracked() -> list[Path]:
    """The files that git has or would take."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("no git repository")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _module_names() -> list[str]:
    """All modules but Alembic's environment and revisions, which Alembic runs."""
    files = [path.relative_to(ROOT) for path in modules()]
    return [
        ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        for file in files
        if file.parts[:2] != ("db", "migrations")
    ]


def _import(names: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHER, *names],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": f"{ROOT}:{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_module_is_a_drawer_for_everything() -> None:
    sources = [*modules(), *(ROOT / "tests").rglob("*.py")]
    nameless = [path for path in sources if NAMELESS & {path.stem, path.parent.name}]
    assert nameless == [], "a homeless function shows a missing name"


def test_no_file_is_too_long_to_be_read_in_one_sitting() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in modules()}
    long = {file for file, length in lengths.items() if length > MOST_LINES}
    assert long - LONGER.keys() == set(), f"more than {MOST_LINES} lines: split it by entity or by idea"
    assert LONGER.keys() <= lengths.keys()


def test_nothing_happens_on_import(tmp_path: Path) -> None:
    assert _import(_module_names(), tmp_path) == ""


def test_what_happens_on_import_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "import pathlib, socket\npathlib.Path('written').write_text('x')\nsocket.socket().bind(('127.0.0.1', 0))\n"
    )
    assert [line.split(":")[1].split()[0] for line in _import(["busy"], tmp_path).splitlines()] == [
        "opens",
        "socket.bind",
    ]


def test_no_file_names_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _tracked()
        for match in REGISTRIES.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("host", "top", "named"), [("pypi", "org", True), ("a.npmjs", "com", True), ("a", "com", False)]
)
def test_the_name_of_a_registry_is_noticed(host: str, top: str, *, named: bool) -> None:
    assert bool(REGISTRIES.search(f"https://{host}.{top}/simple")) is named


def test_lock_files_say_what_and_not_from_where() -> None:
    tracked = _tracked()
    for path in tracked:
        if path.name.startswith("requirements") and path.suffix == ".lock":
            assert "://" not in path.read_text(), path
    locks = [path for path in tracked if path.name == "package-lock.json"]
    assert locks
    for path in locks:
        packages = json.loads(path.read_text())["packages"]
        assert not [name for name, entry in packages.items() if "resolved" in entry], path
        assert "omit-lockfile-registry-resolved=true" in (path.parent / ".npmrc").read_text(), path


def test_every_package_is_checked() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES)
