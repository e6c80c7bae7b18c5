"""What is told is what Prometheus reads, and what the catalogue declares."""

import asyncio
import re
import socket
from pathlib import Path

import httpx
import pytest

from core.errors import ServiceError
from core.metrics import CONTENT_TYPE, Histogram, Metric, Metrics
from core.settings import Settings
from server.metrics.catalogue import CATALOGUE, DEPRECATED
from server.metrics.scraping import Scraped, joined, served
from server.metrics.telling import END, socket_of
from tests.fixtures.servers import settings_for
from tests.metrics.measuring import Told, measuring

OTHERS = {"process_", "python_"}
"""Prefixes of the names that the library gives."""
FEED = "query Feed { posts { nodes { title author { name } } } }"


async def test_all_that_is_declared_is_told_and_nothing_else(database_url: str, redis_url: str) -> None:
    settings = settings_for(database_url, redis_url, cache=True, cache_plane="redis")
    async with measuring(settings) as api:
        await api.data(FEED)
        told = await api.told()
    declared = {metric.name.removesuffix("_total"): metric for metric in CATALOGUE}
    found = {one.name: one for one in told.families if not one.name.startswith(tuple(OTHERS))}
    assert {name: metric.kind for name, metric in declared.items()} == {name: one.type for name, one in found.items()}
    assert {name: metric.description for name, metric in declared.items()} == {
        name: one.documentation for name, one in found.items()
    }
    for name, one in found.items():
        expected = {*declared[name].labels, "worker"}
        assert one.samples or name in ("broadsheet_errors", DEPRECATED.name.removesuffix("_total")), name
        assert all(sample.labels.keys() - {"le"} == expected for sample in one.samples), name
    assert {"process_resident_memory_bytes", "process_open_fds", "python_gc_collections"} <= {
        one.name for one in told.families
    }


def test_names_keep_to_the_conventions_of_prometheus() -> None:
    for metric in CATALOGUE:
        assert re.fullmatch(r"broadsheet_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith("_total") is (metric.kind == "counter"), metric.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|count|sum|bucket)(_|$)", metric.name), metric.name
        assert len(metric.description) > 10
        assert metric.description.endswith(".")


async def test_what_clients_call_themselves_cannot_break_the_text(settings: Settings) -> None:
    evil = '"} 1\\n# HELP x y\\n# TYPE x counter # HELP '
    async with measuring(settings) as api:
        api.headers = {"x-graphql-client-name": evil}
        await api.data(FEED)
        told = await api.told()
    assert told.value("broadsheet_operations_total", operation="Feed", client=evil[:60].strip()) == 1
    assert len(told.families) == len({one.name for one in told.families})


async def test_two_applications_in_one_process_count_apart(settings: Settings) -> None:
    async with measuring(settings) as one, measuring(settings) as other:
        await one.data(FEED)
        assert (await one.told()).value("broadsheet_operations_total") == 1
        assert not (await other.told()).of("broadsheet_operations_total")


def test_a_histogram_counts_each_value_below_its_bound() -> None:
    sizes = Histogram((1, 10))
    for value in (0, 1, 1.5, 10, 11):
        sizes.observe(value)
    assert sizes.buckets() == [("1.0", 2), ("10.0", 4), ("+Inf", 5)]
    assert sizes.sum == 23.5


def test_texts_of_several_processes_become_one() -> None:
    head = b"# HELP a_total Of a.\n# TYPE a_total counter\n"
    other = b"# HELP b Of b.\n# TYPE b gauge\n"
    text = joined(
        [
            head + b'a_total{c="# HELP b",worker="0"} 1.0\n' + other + b'b{worker="0"} 2.0\n',
            head + b'a_total{c="x",worker="1"} 3.0\n' + other,
        ]
    )
    assert text == (
        head + b'a_total{c="# HELP b",worker="0"} 1.0\na_total{c="x",worker="1"} 3.0\n' + other + b'b{worker="0"} 2.0\n'
    )
    assert [one.name for one in Told(text).families] == ["a", "b"]


@pytest.mark.parametrize("said", [b"", b"# HELP a A\n# TYPE a gauge\na 1", b"# HELP a A\n# TYPE a gauge\na 1\n", None])
async def test_half_a_text_is_none(said: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a process that died over it, or hangs."""
    monkeypatch.setattr("server.metrics.scraping.PATIENCE", 0.3)

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read(20) == b"0\n"
        if said is None:
            await reader.read()
        else:
            writer.write(said)
        writer.close()

    async with await asyncio.start_unix_server(tell, socket_of(tmp_path, 7)):
        told = Told(await asyncio.to_thread(Scraped(tmp_path, lambda: [7, None, 8]).text))
    assert [(one.labels["worker"], one.value) for one in told.of("broadsheet_worker_up")] == [
        ("0", 0.0),
        ("1", 0.0),
        ("2", 0.0),
    ]
    assert len(told.samples) == 3


async def test_a_process_hears_which_worker_it_is() -> None:
    metrics = Metrics()
    metrics.read_from(lambda: [(Metric("a", "gauge", "Of a."), [((), 1)])])
    assert b'a{worker="12"} 1.0\n' in await metrics.text("12")
    assert END not in await metrics.text("12")


def test_the_port_tells_metrics_and_nothing_else(tmp_path: Path) -> None:
    with served("127.0.0.1", 0, Scraped(tmp_path, lambda: [1])) as address:
        answer = httpx.get(f"{address}?x=1")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == CONTENT_TYPE
        assert "python" not in answer.headers["server"].lower()
        assert Told(answer.content).value("broadsheet_worker_up", worker="0") == 0
        for path in ("/", "/graphql", "/metrics/x", "/readyz"):
            assert httpx.get(address.replace("/metrics", path)).status_code == 404
        assert httpx.post(address, json={}).status_code == 501


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServiceError, match=f"port {port} .* set BROADSHEET_METRICS_PORT to another"),
            served("127.0.0.1", port, Scraped(tmp_path)),
        ):
            pass


async def test_the_public_port_tells_none(settings: Settings) -> None:
    async with measuring(settings) as api:
        assert (await api.http.get("/metrics")).status_code == 404


def test_no_label_of_the_catalogue_is_for_ids_or_values() -> None:
    assert {label for metric in CATALOGUE for label in metric.labels} == {
        *("operation", "kind", "client", "outcome", "code", "loader", "field", "result", "coordinate"),
        *("pool", "state", "breaker", "transport", "reason", "caller", "worker"),
    }
