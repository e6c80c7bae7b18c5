"""The manifests are valid, and agree with the settings, the image, and each other."""

import os
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

from core.settings import Settings, load_settings
from tests.deploy.manifests import BASE, OVERLAY, Manifest, built, kustomization, of_kind, parts, read
from tests.docs.shell import setting_variables
from tests.fixtures.api import serving
from tests.fixtures.servers import TOKEN_KEY

VERSIONS = ("1.30", "1.37")
"""Of Kubernetes: the oldest that is meant, and the newest that can be looked at here."""
SECRETS = {"DATABASE_URL", "REDIS_URL", "BROADSHEET_TOKEN_KEYS"}


def _container(kind: str) -> Manifest:
    [found] = of_kind(parts(BASE), kind)["spec"]["template"]["spec"]["containers"]
    container: Manifest = found
    return container


def _pod(kind: str) -> Manifest:
    pod: Manifest = of_kind(parts(BASE), kind)["spec"]["template"]["spec"]
    return pod


def _data() -> dict[str, str]:
    """All settings of the overlay: the base's, and those that it changes."""
    [patch] = read(OVERLAY / "settings.yaml")
    return {**of_kind(parts(BASE), "ConfigMap")["data"], **patch["data"]}


def _image() -> Any:
    return DockerfileParser(str(Path(__file__).resolve().parents[2]))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [BASE, OVERLAY], ids=["base", "overlay"])
def test_each_manifest_fulfils_the_schema(folder: Path, version: str) -> None:
    # The Secret is there to be read; it is no part of the overlay.
    manifests = parts(folder) + (read(OVERLAY / "secret.example.yaml") if folder == OVERLAY else [])
    assert manifests
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_wrong_manifest_is_noticed() -> None:
    manifest = of_kind(parts(BASE), "Deployment")
    manifest["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSIONS[0], strict=True)


def test_kustomize_builds_the_overlay() -> None:
    manifests = built(OVERLAY)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "broadsheet"
    assert of_kind(manifests, "ConfigMap")["data"] == _data()
    images = {
        of_kind(manifests, kind)["spec"]["template"]["spec"]["containers"][0]["image"] for kind in ("Deployment", "Job")
    }
    assert images == {"registry.example.org/broadsheet:0.1.0"}
    pods = of_kind(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = of_kind(manifests, kind)["spec"]
        selector = spec.get("podSelector", spec.get("selector", {}))
        wanted = selector.get("matchLabels", selector)
        assert wanted
        assert wanted.items() <= pods.items(), kind


def test_what_is_applied_before_the_migration_leaves_the_processes_as_they_are() -> None:
    """By the selector of docs/operations.md, `component!=api`."""
    before = [
        one["kind"]
        for one in (*parts(BASE), *parts(OVERLAY))
        if one["metadata"].get("labels", {}).get("app.kubernetes.io/component") != "api"
    ]
    assert sorted(before) == ["ConfigMap", "Ingress", "Job", "Namespace", "NetworkPolicy", "ServiceAccount"]


def test_nothing_is_left_out_and_nothing_named_that_is_not_there() -> None:
    for folder in (BASE, OVERLAY):
        told = kustomization(folder)
        named = {name for name in told["resources"] if name.endswith(".yaml")}
        named |= {patch["path"] for patch in told.get("patches", [])}
        there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
        assert named == there
    [base] = [name for name in kustomization(OVERLAY)["resources"] if not name.endswith(".yaml")]
    assert (OVERLAY / base).resolve() == BASE
    assert (
        kustomization(OVERLAY)["images"][0]["name"] == _container("Deployment")["image"] == _container("Job")["image"]
    )


def test_patches_change_what_is_there() -> None:
    there = {(one["kind"], one["metadata"]["name"]) for one in parts(BASE)}
    for patch in kustomization(OVERLAY)["patches"]:
        for one in read(OVERLAY / patch["path"]):
            assert (one["kind"], one["metadata"]["name"]) in there


def test_all_variables_are_settings() -> None:
    [secret] = read(OVERLAY / "secret.example.yaml")
    assert set(secret["stringData"]) == SECRETS
    assert {*_data(), *secret["stringData"]} <= setting_variables()
    assert not SECRETS & set(_data())


def test_the_example_has_no_secret_that_works() -> None:
    [secret] = read(OVERLAY / "secret.example.yaml")
    assert all("CHANGE-ME" in value for value in secret["stringData"].values())
    for path in (*BASE.glob("*.yaml"), *OVERLAY.glob("*.yaml")):
        kinds = {one["kind"] for one in read(path)}
        assert "Secret" not in kinds or path.name == "secret.example.yaml"


def _settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in os.environ:
        if name.startswith("BROADSHEET_") or name in ("HOST", "PORT", "DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name)
    image = {key: value for key, value in _image().envs.items() if key != "PATH"}
    secret = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "BROADSHEET_TOKEN_KEYS": TOKEN_KEY}
    for name, value in {**image, **_data(), **secret}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_the_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(monkeypatch)
    assert settings.environment == "production"
    assert settings.host == "0.0.0.0"


def test_ports_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    [port] = _container("Deployment")["ports"]
    assert port["containerPort"] == _settings(monkeypatch).port
    [service] = of_kind(parts(BASE), "Service")["spec"]["ports"]
    assert service["targetPort"] == port["name"]
    policy = of_kind(parts(BASE), "NetworkPolicy")["spec"]
    assert [one["port"] for rule in policy["ingress"] for one in rule["ports"]] == [port["name"]]
    [rule] = of_kind(parts(OVERLAY), "Ingress")["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "broadsheet", "port": {"name": service["name"]}}
    assert path["path"] == "/graphql"


async def test_what_is_probed_is_served(settings: Settings) -> None:
    container = _container("Deployment")
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    # Kubernetes names the pod's address as the host, whatever hosts the service answers to.
    named = settings.model_copy(update={"trusted_hosts": _data()["BROADSHEET_TRUSTED_HOSTS"]})
    async with serving(named) as api:
        for path in {one["path"] for one in probes.values()}:
            assert (await api.http.get(path, headers={"Host": "10.1.2.3:8000"})).status_code == 200
        assert (await api.http.get("/graphql", headers={"Host": "10.1.2.3:8000"})).status_code == 400
    assert {one["port"] for one in probes.values()} == {"http"}
    # A process that cannot reach its database is not to be restarted for that.
    assert probes["livenessProbe"]["path"] == probes["startupProbe"]["path"] == "/livez"
    assert probes["readinessProbe"]["path"] == "/readyz"


def test_there_is_time_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pod, shutdown = _pod("Deployment"), _settings(monkeypatch).shutdown_timeout
    assert shutdown == Settings.model_fields["shutdown_timeout"].default
    sleep, seconds = _container("Deployment")["lifecycle"]["preStop"]["exec"]["command"]
    assert sleep == "sleep"
    assert pod["terminationGracePeriodSeconds"] >= int(seconds) + shutdown + 5
    migration = of_kind(parts(BASE), "Job")["spec"]["activeDeadlineSeconds"]
    fields = Settings.model_fields
    assert migration > fields["migration_statement_timeout"].default
    assert migration > fields["migration_lock_timeout"].default * fields["migration_tries"].default


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_it_runs_as_the_user_of_the_image_and_may_do_nothing_else(kind: str) -> None:
    user = [line["value"] for line in _image().structure if line["instruction"] == "USER"][-1]
    context = _pod(kind)["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == user
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert _pod(kind)["automountServiceAccountToken"] is False
    container = _container(kind)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"].keys() == {"memory"}
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_the_commands_are_those_of_the_image() -> None:
    assert _container("Deployment")["args"] == yaml.safe_load(_image().cmd)
    assert _container("Job")["args"] == ["broadsheet", "migrate"]


def test_more_pods_take_over_before_one_goes() -> None:
    update = of_kind(parts(BASE), "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert update == {"maxSurge": 1, "maxUnavailable": 0}
    scaler = of_kind(parts(BASE), "HorizontalPodAutoscaler")["spec"]
    assert scaler["minReplicas"] >= 2
    assert scaler["scaleTargetRef"]["name"] == of_kind(parts(BASE), "Deployment")["metadata"]["name"]
    assert "replicas" not in of_kind(parts(BASE), "Deployment")["spec"]  # each apply would set the number back
    metric = scaler["metrics"][0]["pods"]
    assert metric["metric"]["name"] == "broadsheet_requests_in_flight"
    assert int(metric["target"]["averageValue"]) < Settings.model_fields["max_requests"].default
