"""graphql-core's own execution tests, run against the compiled executor: see docs/executor.md.

They come with its source distribution, of the version that is installed, and are kept outside of what is committed.
`python -m tests.gql.executor.core_suite` fetches them through pip, as `make prove` does.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACE = ROOT / ".pytest_cache" / "graphql-core"
NAME = f"graphql_core-{version('graphql-core')}"
SOURCES, DESCRIBE = PLACE / NAME, PLACE / "site"
"""The tests, and the plugin for pytest that they need to be found."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one of the tests ended, and by which ways its operations went."""

    test: str
    outcome: str
    ways: list[str]

    @property
    def way(self) -> str:
        """`compiled` where any operation was, else `fell back`; or `no operation`."""
        if not self.ways:
            return "no operation"
        return "compiled" if "compiled" in self.ways else "fell back"


def fetch() -> None:
    """Fetch the tests, unless they are there."""
    if at_hand():
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    sdist = ["--no-deps", "--no-binary", "graphql-core", f"graphql-core=={version('graphql-core')}"]
    subprocess.run([*pip, "download", "--dest", str(PLACE), *sdist], check=True)
    with tarfile.open(PLACE / f"{NAME}.tar.gz") as archive:
        # Before 3.11.4 there is no filter to choose; what is unpacked is what pip trusts as well.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(PLACE)
    subprocess.run([*pip, "install", "--no-deps", "--target", str(DESCRIBE), "pytest-describe==3.2.0"], check=True)


def at_hand() -> bool:
    """Whether the tests are there."""
    return DESCRIBE.is_dir() and (SOURCES / "tests" / "execution").is_dir()


def run() -> list[Ended]:
    """Run them all, in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        paths = [Path(__file__).parent, ROOT, DESCRIBE]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "CORE_SUITE_REPORT": str(report),
        }
        # Some wait for what graphql-core would have given up.
        options = ["-c", os.devnull, "--rootdir", str(SOURCES), "-p", "core_adapter", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *options, "--quiet", "--timeout", "10", "tests/execution"]
        done = subprocess.run(command, cwd=SOURCES, env=environment, capture_output=True, text=True, check=False)
        assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
        found = json.loads(report.read_text())
    return [Ended(_name(test), one["outcome"], one["ways"]) for test, one in found.items()]


def _name(test: str) -> str:
    module, *_, name = test.split("::")
    return f"{Path(module).stem}: {name}"


def figures(ended: list[Ended]) -> str:
    """What came of them, in lines."""
    counts = Counter((one.way, one.outcome) for one in ended)
    lines = [f"{number:4} {way}, {outcome}" for (way, outcome), number in sorted(counts.items())]
    reasons = Counter(way for one in ended for way in one.ways)
    return "\n".join([*lines, "", "operations:", *(f"{number:4} {way}" for way, number in reasons.most_common())])


if __name__ == "__main__":
    try:
        fetch()
    except subprocess.CalledProcessError:
        print("graphql-core's tests could not be fetched, and will be skipped.")  # noqa: T201
