"""The Kubernetes manifests: as files, and as kustomize builds them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy" / "kubernetes" / "base"
OVERLAY = ROOT / "deploy" / "kubernetes" / "overlays" / "example"

Manifest = dict[str, Any]


def parts(folder: Path) -> list[Manifest]:
    """All that a kustomization names as resources in its own folder."""
    return [one for name in kustomization(folder)["resources"] if name.endswith(".yaml") for one in read(folder / name)]


def kustomization(folder: Path) -> Manifest:
    """What kustomize is told."""
    [found] = read(folder / "kustomization.yaml")
    return found


def read(path: Path) -> list[Manifest]:
    """The documents of one file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def of_kind(manifests: list[Manifest], kind: str) -> Manifest:
    """The one of this kind."""
    [found] = [one for one in manifests if one["kind"] == kind]
    return found


def built(folder: Path) -> list[Manifest]:
    """What kustomize makes of a folder; the test is skipped where there is no kustomize."""
    commands = {"kustomize": ["kustomize", "build"], "kubectl": ["kubectl", "kustomize"]}
    for program, command in commands.items():
        if shutil.which(program):
            done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return list(yaml.safe_load_all(done.stdout))
    pytest.skip("neither kustomize nor kubectl is installed")
