"""Prometheus' own tool, over what servers told: which alerts fire."""

import json
import shutil
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.documents import ROOT
from tests.metrics.measuring import Told

ALERTS = ROOT / "monitoring/alerts.yml"
TARGET = {"job": "broadsheet", "instance": "api:9464"}
EVERY = 150
"""Seconds that pass between two scrapes, for Prometheus: two are in each of the five minutes that rates are of."""


def rules() -> list[dict[str, Any]]:
    """All alerts of the file."""
    [group] = yaml.safe_load(ALERTS.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def promtool(*words: str | Path) -> str:
    """What it says; the test is skipped where it is not installed."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (on Debian and Ubuntu: apt install prometheus)")
    done = subprocess.run([program, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_firing(scrapes: Sequence[Told], minute: int, names: Collection[str], folder: Path, *, up: int = 1) -> None:
    """These alerts and no others fire in that minute of what was told; the last scrape for ever."""
    firing = 'group by (alertname) (ALERTS{alertstate="firing"})'
    expected = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(names)]
    test = {
        "interval": f"{EVERY}s",
        "input_series": _series(scrapes, max(len(scrapes), minute * 60 // EVERY + 1), up),
        "promql_expr_test": [{"expr": firing, "eval_time": f"{minute}m", "exp_samples": expected}],
    }
    content = {"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": [test]}
    path = folder / "alerts.test.yml"
    path.write_text(yaml.safe_dump(content))
    promtool("test", "rules", path)


def _series(scrapes: Sequence[Told], number: int, up: int) -> list[dict[str, str]]:
    values: dict[str, dict[int, float]] = {_name("up", TARGET): dict.fromkeys(range(number), float(up))}
    for place in range(number):
        for one in scrapes[min(place, len(scrapes) - 1)].samples:
            values.setdefault(_name(one.name, {**one.labels, **TARGET}), {})[place] = one.value
    return [
        {"series": name, "values": " ".join(repr(found[n]) if n in found else "_" for n in range(number))}
        for name, found in values.items()
    ]


def _name(name: str, labels: dict[str, str]) -> str:
    return f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in sorted(labels.items()))}}}"
