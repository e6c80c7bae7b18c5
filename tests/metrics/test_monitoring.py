"""What the dashboard and the alerts ask for is what a running server tells; and the documents say what to do."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import pytest
import yaml

from core.errors import ErrorCode
from core.observation import Outcome
from server import app as application
from tests.docs.documents import ROOT
from tests.fixtures.servers import NewDatabase, settings_for
from tests.metrics.alerting import rules
from tests.metrics.measuring import Told, measuring
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import opened
from tests.server.test_uses import schema_with_deprecations

FOLDER = ROOT / "monitoring"
DASHBOARD = FOLDER / "grafana/dashboards/broadsheet.json"
SELECTOR = re.compile(r"\b((?:broadsheet|process|python)_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\b(?:by|ignoring|without|on) \(([^)]*)\)")
OF_TARGET = {"job", "instance"}
"""Labels that Prometheus itself gives."""


@dataclass(frozen=True)
class Question:
    """An expression, and the labels that what is shown of its answer names."""

    place: str
    expression: str
    shown: frozenset[str]

    def __str__(self) -> str:
        return self.place


def _panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def _dashboard() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return content


def _questions() -> Iterator[Question]:
    for panel in _panels(_dashboard()):
        for target in panel["targets"]:
            shown = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            yield Question(f"{panel['title']} {target['refId']}", target["expr"], frozenset(shown))
    for rule in rules():
        shown = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
        yield Question(rule["alert"], rule["expr"], frozenset(shown))


QUESTIONS = list(_questions())


@pytest.fixture(scope="module")
async def told(new_database: NewDatabase, redis_url: str) -> Told:
    """What a server tells that was asked for a bit of everything."""
    url = await new_database()
    await write(shaped(2), url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(application, "build_schema", schema_with_deprecations)
        async with measuring(settings_for(url, redis_url, cache=True, cache_plane="redis")) as api:
            await opened(api)
            for _ in range(2):
                await api.data("query Feed { posts { nodes { title author { name } tags { name postCount } } } }")
            await api.post("query Wrong { nothing }")
            return await api.told()


def _labels_of(told: Told, name: str) -> set[str]:
    samples = told.of(name)
    if name == "up":
        return OF_TARGET
    assert samples, f"{name} is not told by a server"
    return set.union(*({*one.labels} for one in samples)) | OF_TARGET


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
async def test_a_server_tells_what_is_asked_for(question: Question, told: Told) -> None:
    names = []
    for name, matchers in SELECTOR.findall(question.expression):
        labels = _labels_of(told, name)
        names.append(name)
        assert {label for label, _ in MATCHER.findall(matchers)} <= labels, name
    assert names, "it asks for none of ours"
    for found in GROUPED.finditer(question.expression):
        grouped = {label.strip() for label in found[1].split(",")} - {""}
        # Those of the metric that follows, or, after a vector, of that before.
        following = SELECTOR.search(question.expression, found.end())
        of = following[1] if following is not None else names[-1]
        assert grouped <= _labels_of(told, of) | _labels_of(told, names[0]), grouped
    first = re.search(r"\bby \(([^)]*)\)", question.expression)
    left = {one.strip() for one in first[1].split(",")} if first else _labels_of(told, names[0])
    assert question.shown <= left, "what is shown is no label of the answer"


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
async def test_the_values_of_labels_that_are_asked_for_are_told(question: Question, told: Told) -> None:
    open_ended = OF_TARGET | {"code", "outcome"}  # these are told when there is one
    for name, matchers in SELECTOR.findall(question.expression):
        for label, value in MATCHER.findall(matchers):
            if label not in open_ended:
                assert value in told.labels(name, label), f"{name} {label}"


def test_counters_are_asked_for_by_rate() -> None:
    for question in QUESTIONS:
        for found in re.finditer(
            r"(\w*\(?)\b(?:broadsheet|process|python)_\w+_(?:total|bucket)\b", question.expression
        ):
            assert found[1] in ("rate(", "increase("), question


def test_outcomes_and_codes_are_those_that_there_are() -> None:
    for question in QUESTIONS:
        for label, value in MATCHER.findall(question.expression):
            if label == "code":
                assert set(value.split("|")) <= {code.value for code in ErrorCode}
            if label == "outcome":
                assert value in get_args(Outcome)


def test_every_metric_that_is_told_can_be_seen(told: Told) -> None:
    """On the dashboard: what nobody looks at need not be counted."""
    asked = " ".join(question.expression for question in QUESTIONS)
    unseen = [
        one.name
        for one in told.families
        if one.name.startswith("broadsheet_") and not re.search(rf"\b{one.name}", asked)
    ]
    assert unseen == ["broadsheet_documents"]


def test_panels_lie_beside_each_other() -> None:
    taken = set[tuple[int, int]]()
    dashboard = _dashboard()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_grafana_finds_the_dashboard_and_its_data() -> None:
    [source] = yaml.safe_load((FOLDER / "grafana/datasources/prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((FOLDER / "grafana/providers/broadsheet.yml").read_text())["providers"]
    assert {panel["datasource"]["uid"] for panel in _panels(_dashboard())} == {source["uid"]}
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    assert f"./monitoring/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]


def test_every_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    for rule in rules():
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith((".", ")."))


def test_the_documents_say_what_to_do_about_every_alert() -> None:
    text = (ROOT / "docs/observability.md").read_text()
    rows = dict(re.findall(r"^\| `(Broadsheet\w+)` \| (.{40,}) \|$", text, flags=re.MULTILINE))
    assert list(rows) == [rule["alert"] for rule in rules()]
